"""Answers of the gateway's own: what a client gets when no function answered it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from streaming_construct.local.gateway.context_variables import render_context_variables
from streaming_construct.local.gateway.parameter_mapping import map_response_parameters
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.local.gateway.response import Response
from streaming_construct.model.api import ApiModel
from streaming_construct.model.integrations import TemplatedResponse


@dataclass(frozen=True)
class GatewayResponse:
    """Why a request is not answered by a function: status, gateway response type and message.

    Without a message, API Gateway writes `null`. `error_type` is for the header `x-amzn-ErrorType`,
    which is not documented and absent where nobody has shown it. `validation_error` says what is
    wrong with a body.
    """

    status: int
    response_type: str
    message: str | None
    error_type: str | None = None
    validation_error: str | None = None


MISSING_AUTHENTICATION_TOKEN: Final = GatewayResponse(
    403,
    "MISSING_AUTHENTICATION_TOKEN",
    "Missing Authentication Token",
    "MissingAuthenticationTokenException",
)
UNAUTHORIZED: Final = GatewayResponse(401, "UNAUTHORIZED", "Unauthorized", "UnauthorizedException")
TOKEN_EXPIRED: Final = GatewayResponse(
    401, "UNAUTHORIZED", "The incoming token has expired", "UnauthorizedException"
)
EXPLICIT_DENY: Final = GatewayResponse(
    403,
    "ACCESS_DENIED",
    "User is not authorized to access this resource with an explicit deny",
    "AccessDeniedException",
)
IMPLICIT_DENY: Final = GatewayResponse(
    403, "ACCESS_DENIED", "User is not authorized to access this resource", "AccessDeniedException"
)
INVALID_API_KEY: Final = GatewayResponse(403, "INVALID_API_KEY", "Forbidden", "ForbiddenException")
QUOTA_EXCEEDED: Final = GatewayResponse(
    429, "QUOTA_EXCEEDED", "Limit Exceeded", "LimitExceededException"
)
AUTHORIZER_CONFIGURATION_ERROR: Final = GatewayResponse(500, "AUTHORIZER_CONFIGURATION_ERROR", None)
URI_TOO_LONG: Final = GatewayResponse(414, "DEFAULT_4XX", "Request URI too long")
FORBIDDEN: Final = GatewayResponse(403, "ACCESS_DENIED", "Forbidden", "ForbiddenException")
REQUEST_TIMEOUT: Final = GatewayResponse(408, "DEFAULT_4XX", "Request Timeout")
REQUEST_TOO_LARGE: Final = GatewayResponse(413, "REQUEST_TOO_LARGE", "Request Too Long")
HEADERS_TOO_LARGE: Final = GatewayResponse(431, "DEFAULT_4XX", "Request Header Fields Too Large")
THROTTLED: Final = GatewayResponse(
    429, "THROTTLED", "Too Many Requests", "TooManyRequestsException"
)
API_CONFIGURATION_ERROR: Final = GatewayResponse(
    500, "API_CONFIGURATION_ERROR", "Internal server error", "InternalServerErrorException"
)
MALFORMED_PROXY_RESPONSE: Final = GatewayResponse(
    502, "DEFAULT_5XX", "Internal server error", "InternalServerErrorException"
)
INTEGRATION_TIMEOUT: Final = GatewayResponse(
    504, "INTEGRATION_TIMEOUT", "Endpoint request timed out", "InternalServerErrorException"
)

_DEFAULT_TEMPLATE: Final = '{"message":$context.error.messageString}'


def bad_signature(message: str) -> GatewayResponse:
    """Refuse a request whose AWS signature is wrong in the way that the message says."""
    return GatewayResponse(403, "INVALID_SIGNATURE", message, "InvalidSignatureException")


def missing_parameters(names: Sequence[str]) -> GatewayResponse:
    """Refuse a request that lacks parameters of these names."""
    message = f"Missing required request parameters: [{', '.join(names)}]"
    return GatewayResponse(400, "BAD_REQUEST_PARAMETERS", message, "BadRequestException")


def invalid_body(why: str) -> GatewayResponse:
    """Refuse a body that its model does not allow."""
    return GatewayResponse(
        400,
        "BAD_REQUEST_BODY",
        "Invalid request body",
        "BadRequestException",
        validation_error=why,
    )


def denied_by_policy(arn: str, *, explicitly: bool = True) -> GatewayResponse:
    """Refuse a request that the resource policy denies, or does not allow.

    Of the account's number, the caller is told the last four digits.
    """
    masked = re.sub(r":\d{8}(?=\d{4}:)", ":" + "*" * 8, arn)
    message = (
        "User: anonymous is not authorized to perform: execute-api:Invoke on resource: "
        f"{masked}{' with an explicit deny' * explicitly}"
    )
    return GatewayResponse(403, "ACCESS_DENIED", message, "AccessDeniedException")


def not_served(reason: str) -> GatewayResponse:
    """Refuse a request that is fine when deployed and cannot be served on this machine."""
    return GatewayResponse(501, "DEFAULT_5XX", reason)


def render_gateway_response(
    refusal: GatewayResponse, api: ApiModel, request: GatewayRequest, context: Mapping[str, Any]
) -> Response:
    """Answer a refused request with the gateway response that the API declares for it.

    The refusal's own type is looked for first, then `DEFAULT_4XX` or `DEFAULT_5XX`; a 413 cannot be
    customised.
    """
    declared = TemplatedResponse()
    if refusal.status != REQUEST_TOO_LARGE.status:
        default = f"DEFAULT_{refusal.status // 100}XX"
        responses = api.gateway_responses
        declared = responses.get(refusal.response_type) or responses.get(default) or declared
    error = {
        "message": refusal.message,
        "messageString": json.dumps(refusal.message),
        "responseType": refusal.response_type,
        # Within the quotes that templates put around it, as API Gateway escapes it.
        "validationErrorString": json.dumps(refusal.validation_error or "")[1:-1] or None,
    }
    content_type, template = _template(declared.templates, request.header("accept"))
    headers = map_response_parameters(declared.headers, request, context, api.stage.variables)
    named = {name.lower() for name, _ in headers}
    ours = {"Content-Type": content_type, "x-amzn-ErrorType": refusal.error_type}
    own = ((name, value) for name, value in ours.items() if value and name.lower() not in named)
    return Response(
        declared.status or refusal.status,
        (*own, *headers),
        render_context_variables(
            template,
            {**context, "error": error},
            unknown="",
            stage_variables=api.stage.variables,
        ).encode(),
    )


def _template(templates: Mapping[str, str], accept: str | None) -> tuple[str, str]:
    """Choose the template of the media type that a client wants first, else JSON's, else any."""
    wanted = (accept or "").partition(",")[0].partition(";")[0].strip()
    for media_type in (wanted, "application/json", *templates):
        if media_type in templates:
            return media_type, templates[media_type]
    return "application/json", _DEFAULT_TEMPLATE
