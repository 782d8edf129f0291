"""Convert `CorsOptions` to the model and check them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from aws_cdk.aws_apigateway import Cors as CdkCors
from aws_cdk.aws_apigateway import CorsOptions

from streaming_construct.aws.rest_paths import ANY, HTTP_METHODS
from streaming_construct.constructs.cdk.cloudformation_values import has_token
from streaming_construct.constructs.cdk.durations import (
    check_duration_token,
    convert_to_milliseconds,
)
from streaming_construct.constructs.cdk.validation import check_tokens
from streaming_construct.model.cors import Cors
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.cors import CORS_INVALID, check_cors_options
from streaming_construct.rules.rule import Finding

_DEFAULT_STATUS: Final = 204


def to_cors_model(options: CorsOptions | None) -> Cors | None:
    """Return `options` with the defaults of CDK: all methods and its default headers."""
    if options is None:
        return None
    methods = tuple(method.upper() for method in options.allow_methods or [ANY])
    max_age = convert_to_milliseconds(options.max_age)
    return Cors(
        allow_origins=tuple(options.allow_origins),
        allow_methods=HTTP_METHODS if ANY in methods else methods,
        allow_headers=tuple(options.allow_headers or CdkCors.DEFAULT_HEADERS),
        expose_headers=tuple(options.expose_headers or ()),
        allow_credentials=bool(options.allow_credentials),
        max_age_seconds=-1 if options.disable_cache else max_age and math.ceil(max_age / 1000),
        status_code=int(options.status_code or _DEFAULT_STATUS),
    )


def check_cors_arguments(
    options: CorsOptions | None, cors: Cors | None, subject: Subject
) -> Iterator[Finding]:
    """Yield an error for each wrong value of `options`; an origin with a token is not checked."""
    if options is None or cors is None:
        return
    yield from check_duration_token(options.max_age, cors.max_age_seconds, "max_age", subject)
    if options.max_age is not None and options.disable_cache:
        yield CORS_INVALID.at(
            subject, "cors has both disable_cache and max_age", fix="Pass one of the two."
        )
    # A literal of API Gateway can contain an origin that is a token, and no list.
    origins = [origin for origin in cors.allow_origins if not has_token(origin)]
    tokens = list(
        check_tokens(
            subject,
            allow_origins=origins,
            allow_methods=options.allow_methods,  # the model has them in upper case
            allow_headers=cors.allow_headers,
            expose_headers=cors.expose_headers,
        )
    )
    yield from tokens or check_cors_options(cors, subject, is_unresolved=has_token)
