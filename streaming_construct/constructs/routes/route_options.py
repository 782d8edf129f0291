"""`RouteOptions`: how a route, or an operation of an OpenAPI document, is served."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Duration, Token
from aws_cdk.aws_apigateway import (
    RequestValidatorOptions,
    ResponseTransferMode,
    ThrottleSettings,
)

from streaming_construct.aws.rest_paths import ANY
from streaming_construct.constructs.access.authorizer import Authorizer
from streaming_construct.constructs.access.authorizers import check_authorizer_type
from streaming_construct.constructs.access.tenant_id import TenantId, check_tenant_id
from streaming_construct.constructs.cdk.validation import (
    check_argument_types,
    check_tokens,
    is_text_list,
    list_texts,
)
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.paths import METHOD_INVALID, PATH_INVALID
from streaming_construct.rules.rule import Finding

if TYPE_CHECKING:
    # Importing this costs a tenth of a synthesis, and only an annotation names it.
    from aws_cdk.aws_lambda import IFunction


@dataclass(frozen=True, kw_only=True)
class RouteOptions:
    """How operations are served; None stands for the default.

    Attributes:
        response_transfer_mode: STREAM sends the response to the client as the function writes it;
            BUFFERED sends it when it is complete. Default: STREAM for a route; for an operation
            what the document states, else `OpenApiOptions.default_transfer_mode`.
            https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
        handler: The function to invoke. Default: the API's `handler`.
        timeout: The integration timeout: 50 ms to 15 minutes, or to 29 seconds when buffered.
            Default: the function's own timeout where it is known, else the longest possible.
        throttle: The rate and burst limits of each method of the route. Default: those of the
            stage.
        authorizer: The authorizer; `Authorizer.none()` for no authorization. Default: what the
            document states, else the API's `authorizer`.
        api_key_required: Whether a request needs the key of a usage plan. Default: as for the API.
        request_validator_options: The parts that API Gateway validates before the invocation.
            Default: what the document states, else the API's `request_validator_options`.
        tenant_id: The source of the tenant's id, which a function with `tenancy_config` needs.
            Default: as for the API.
    """

    response_transfer_mode: ResponseTransferMode | None = None
    handler: IFunction | None = None
    timeout: Duration | None = None
    throttle: ThrottleSettings | None = None
    authorizer: Authorizer | None = None
    api_key_required: bool | None = None
    request_validator_options: RequestValidatorOptions | None = None
    tenant_id: TenantId | None = None

    def merge(self, other: RouteOptions) -> RouteOptions:
        """Return these options, with the fields of `other` in place of those that are None."""
        values, defaults = vars(self), vars(other)
        return RouteOptions(
            **{name: defaults[name] if value is None else value for name, value in values.items()}
        )

    def check_types(self, subject: Subject) -> Iterator[Finding]:
        """Yield a finding for each field of a wrong type."""
        yield from check_argument_types(
            subject,
            response_transfer_mode=(self.response_transfer_mode, ResponseTransferMode),
            timeout=(self.timeout, Duration),
            throttle=(self.throttle, ThrottleSettings),
            api_key_required=(self.api_key_required, bool),
            request_validator_options=(self.request_validator_options, RequestValidatorOptions),
        )
        yield from check_authorizer_type(self.authorizer, subject)
        yield from check_tenant_id(self.tenant_id, subject)


def check_path_and_methods(
    path: object, methods: Sequence[str] | None, subject: Subject
) -> Iterator[Finding]:
    """Yield a finding where `path` is not a text or `methods` not a list; rules check the rest."""
    if not isinstance(path, str):
        yield PATH_INVALID.at(subject, f"the path is {path!r}, not a text", fix="Write '/chat'.")
    # A path without a token's marker needs no round trip to Node.js.
    elif "${" in path and Token.is_unresolved(path):
        yield PATH_INVALID.at(
            subject, "the path contains a token", fix="Write a path that is known at synth."
        )
    if methods is not None and not (is_text_list(methods) and methods):
        yield METHOD_INVALID.at(
            subject,
            f"methods is {methods!r}, not a list of HTTP methods",
            fix='Write methods=["GET"], or remove it for any method.',
        )
    yield from check_tokens(subject, methods=list_texts(methods))


def normalize_methods(methods: Sequence[str] | None) -> list[str]:
    """Return `methods` in upper case: ANY for None."""
    return [ANY] if methods is None else [method.upper() for method in list_texts(methods)]
