"""What is said of a route, read once: by the arguments of `add_route` or by an override."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aws_cdk import Duration, Token
from aws_cdk.aws_apigateway import (
    RequestValidatorOptions,
    ResponseTransferMode,
    ThrottleSettings,
)

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.aws.rest_paths import ANY
from streaming_construct.constructs.access.authorizer import Authorizer
from streaming_construct.constructs.access.request_validator import read_request_validation
from streaming_construct.constructs.access.throttle import (
    throttle_token_findings,
    to_throttle_model,
)
from streaming_construct.constructs.cdk.durations import Durations, duration_token_findings
from streaming_construct.constructs.cdk.validation import argument_type_findings
from streaming_construct.constructs.functions.function_reader import FunctionInfo, FunctionReader
from streaming_construct.constructs.routes.route import RouteOptions
from streaming_construct.model.authorization import RequestValidation
from streaming_construct.model.subject import Subject
from streaming_construct.model.usage_plans import Throttle
from streaming_construct.rules.checks.paths import METHOD_INVALID, PATH_INVALID
from streaming_construct.rules.rule import Finding


@dataclass(frozen=True, kw_only=True)
class ResolvedRouteOptions:
    """A `Route` as plain data; what is None is not said."""

    handler: FunctionInfo | None = None
    transfer_mode: TransferMode | None = None
    timeout_ms: int | None = None
    throttle: Throttle | None = None
    authorizer: Authorizer | None = None
    api_key_required: bool | None = None
    validation: RequestValidation | None = None

    def merged_with(self, other: ResolvedRouteOptions) -> ResolvedRouteOptions:
        """Return this with what only `other` says."""
        mine, others = vars(self), vars(other)
        said = {each: others[each] if mine[each] is None else mine[each] for each in mine}
        return ResolvedRouteOptions(**said)


def route_type_errors(route: RouteOptions, subject: Subject) -> Iterator[Finding]:
    """Yield what of `route` is not of its type, before it is looked into."""
    yield from argument_type_findings(
        subject,
        transfer_mode=(route.transfer_mode, ResponseTransferMode),
        timeout=(route.timeout, Duration),
        throttle=(route.throttle, ThrottleSettings),
        request_validation=(route.request_validation, RequestValidatorOptions),
    )


class RouteOptionsReader:
    """Reads what is said of the routes of one API; what lives in Node.js is read once."""

    def __init__(self, handlers: FunctionReader) -> None:
        self.handlers = handlers
        self._durations = Durations()

    def read(
        self, route: RouteOptions, subject: Subject
    ) -> tuple[ResolvedRouteOptions, list[Finding]]:
        """Return `route` as plain data, and what of it cannot be."""
        known, found = None, list[Finding]()
        if route.handler is not None:
            known, found = self.handlers.read(route.handler, subject)
        timeout_ms = self._durations.milliseconds(route.timeout)
        mode = route.transfer_mode
        said = ResolvedRouteOptions(
            handler=known,
            transfer_mode=TransferMode(mode.value) if mode is not None else None,
            timeout_ms=timeout_ms,
            throttle=to_throttle_model(route.throttle),
            authorizer=route.authorizer,
            api_key_required=route.api_key_required,
            validation=read_request_validation(route.request_validation),
        )
        return said, [
            *found,
            *throttle_token_findings(route.throttle, subject),
            *duration_token_findings(route.timeout, timeout_ms, "timeout", subject),
        ]


def path_and_methods_findings(
    path: object, methods: Sequence[str] | None, subject: Subject
) -> Iterator[Finding]:
    """Yield why they are no path and no methods; what a path may be, the rules know."""
    if not isinstance(path, str):
        yield PATH_INVALID.at(subject, f"the path is {path!r}, not a text", fix="Write '/chat'.")
    # A path that is plainly a path needs no round trip to Node.js.
    elif "${" in path and Token.is_unresolved(path):
        yield PATH_INVALID.at(
            subject, "the path holds a token", fix="Write a path that is known at synth."
        )
    listed = methods is None or (not isinstance(methods, str) and len(methods) > 0)
    if not listed or any(not isinstance(method, str) for method in methods or ()):
        yield METHOD_INVALID.at(
            subject,
            f"methods is {methods!r}, not a list of methods",
            fix='Write methods=["GET"], or leave it out for any method.',
        )


def read_methods(methods: Sequence[str] | None) -> list[str]:
    """Return `methods` in upper case: any where there are none, nothing for what is no list."""
    return [] if isinstance(methods, str) else [str(method).upper() for method in methods or [ANY]]
