"""CDK's `CorsOptions` as plain data, and a function that is told of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, cast

from aws_cdk import Token
from aws_cdk.aws_apigateway import Cors as CdkCors
from aws_cdk.aws_apigateway import CorsOptions

from streaming_construct.aws.rest_paths import ANY, HTTP_METHODS
from streaming_construct.constructs.cdk.durations import duration_token_findings, milliseconds
from streaming_construct.model.cors import Cors, cors_environment_variables
from streaming_construct.rules.checks.cors import cors_options_findings
from streaming_construct.rules.finding import Finding, error

if TYPE_CHECKING:
    from aws_cdk.aws_lambda import Function

_DEFAULT_STATUS: Final = 204


class CorsEnvironment:
    """What a function of this library has beside being one: it is told of its API's CORS."""

    _cors_environment: dict[str, str] | None = None

    def set_cors_environment(self, environment: Mapping[str, str]) -> None:
        """Tell the app which pages of other origins may call it; `StreamingRestApi` does."""
        self._cors_environment = dict(environment)
        for name, value in environment.items():
            cast("Function", self).add_environment(name, value)

    def has_conflicting_cors(self, environment: Mapping[str, str]) -> bool:
        """Say whether another API has told the function something else."""
        return self._cors_environment not in (None, dict(environment))


def cors_conflict_findings(function: object, cors: Cors | None, where: str) -> Iterator[Finding]:
    """Yield a finding where `function` answers for another API with other options already."""
    if cors is None or not isinstance(function, CorsEnvironment):
        return
    if function.has_conflicting_cors(cors_environment_variables(cors)):
        yield error(
            "cors-conflict",
            where,
            "another API with different cors has the same function, "
            "which can answer as one of them only",
            "give each a function of its own, or both the same cors",
        )


def to_cors_model(options: CorsOptions | None) -> Cors | None:
    """Return `options` with CDK's own defaults filled in: all methods, its default headers."""
    if options is None:
        return None
    methods = tuple(method.upper() for method in options.allow_methods or [ANY])
    max_age = milliseconds(options.max_age)
    return Cors(
        allow_origins=tuple(options.allow_origins),
        allow_methods=HTTP_METHODS if ANY in methods else methods,
        allow_headers=tuple(options.allow_headers or CdkCors.DEFAULT_HEADERS),
        expose_headers=tuple(options.expose_headers or ()),
        allow_credentials=bool(options.allow_credentials),
        max_age_seconds=-1 if options.disable_cache else max_age and math.ceil(max_age / 1000),
        status_code=int(options.status_code or _DEFAULT_STATUS),
    )


def cors_findings(options: CorsOptions | None, cors: Cors | None, where: str) -> Iterator[Finding]:
    """Yield what is wrong with `options`, as read; origins that hold tokens are not looked into."""
    if options is None or cors is None:
        return
    yield from duration_token_findings(options.max_age, cors.max_age_seconds, "max_age", where)
    if options.max_age is not None and options.disable_cache:
        yield error(
            "cors-invalid", where, "cors has both disable_cache and max_age", "give one of them"
        )
    yield from cors_options_findings(cors, where, is_unresolved=Token.is_unresolved)
