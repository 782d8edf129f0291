"""Gateway responses: what API Gateway returns when it does not pass on an integration response.

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
    """A gateway response: status, response type and message.

    Without a message, API Gateway writes `null`. `error_type` is the header `x-amzn-ErrorType`,
    which AWS does not document: None where no client has shown it. `validation_error` describes the
    error of a body.
    """

    status: int
    response_type: str
    message: str | None
    error_type: str | None = None
    validation_error: str | None = None


class GatewayResponseError(Exception):
    """Ends the phases of a request by a gateway response; `reason` is for the console only.

    One class is enough for all of them: the constants of this module differ in data only.
    """

    def __init__(self, gateway_response: GatewayResponse, reason: str | None = None) -> None:
        super().__init__(reason or gateway_response.message or gateway_response.response_type)
        self.gateway_response = gateway_response


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


def create_invalid_signature_response(message: str) -> GatewayResponse:
    """Return the response for an AWS signature with the defect in `message`."""
    return GatewayResponse(403, "INVALID_SIGNATURE", message, "InvalidSignatureException")


def create_missing_parameters_response(names: Sequence[str]) -> GatewayResponse:
    """Return the response for a request without the required parameters `names`."""
    message = f"Missing required request parameters: [{', '.join(names)}]"
    return GatewayResponse(400, "BAD_REQUEST_PARAMETERS", message, "BadRequestException")


def create_invalid_body_response(validation_error: str) -> GatewayResponse:
    """Return the response for a body that does not match its model."""
    return GatewayResponse(
        400,
        "BAD_REQUEST_BODY",
        "Invalid request body",
        "BadRequestException",
        validation_error=validation_error,
    )


def create_policy_denial_response(arn: str, *, is_explicit: bool = True) -> GatewayResponse:
    """Return the response for a request that the resource policy denies, or does not allow.

    The client sees the last four digits of the account number only.
    """
    masked = re.sub(r":\d{8}(?=\d{4}:)", ":" + "*" * 8, arn)
    message = (
        "User: anonymous is not authorized to perform: execute-api:Invoke on resource: "
        f"{masked}{' with an explicit deny' * is_explicit}"
    )
    return GatewayResponse(403, "ACCESS_DENIED", message, "AccessDeniedException")


def create_not_served_response(reason: str) -> GatewayResponse:
    """Return the response for a request that works on AWS but not on this machine."""
    return GatewayResponse(501, "DEFAULT_5XX", reason)


def render_gateway_response(
    gateway_response: GatewayResponse,
    api: ApiModel,
    request: GatewayRequest,
    context: Mapping[str, Any],
) -> Response:
    """Return the response as the API customizes it.

    A customization of the response's own type wins over `DEFAULT_4XX` and `DEFAULT_5XX`. A 413
    cannot be customized. `context` has the `$context` variables.
    """
    customization = TemplatedResponse()
    if gateway_response.status != REQUEST_TOO_LARGE.status:
        default = f"DEFAULT_{gateway_response.status // 100}XX"
        customization = (
            api.gateway_responses.get(gateway_response.response_type)
            or api.gateway_responses.get(default)
            or customization
        )
    validation_error = gateway_response.validation_error
    error = {
        "message": gateway_response.message,
        "messageString": json.dumps(gateway_response.message),
        "responseType": gateway_response.response_type,
        # Templates put quotes around it; API Gateway escapes it accordingly.
        "validationErrorString": json.dumps(validation_error or "")[1:-1] or None,
    }
    content_type, template = _select_template(customization.templates, request.get_header("accept"))
    body = render_context_variables(
        template, {**context, "error": error}, unknown="", stage_variables=api.stage.variables
    )
    headers = map_response_parameters(customization.headers, request, context, api.stage.variables)
    names = {name.lower() for name, _ in headers}
    defaults = {"Content-Type": content_type, "x-amzn-ErrorType": gateway_response.error_type}
    added = ((name, value) for name, value in defaults.items() if value)
    return Response(
        customization.status or gateway_response.status,
        (*(pair for pair in added if pair[0].lower() not in names), *headers),
        body.encode(),
    )


def _select_template(templates: Mapping[str, str], accept: str | None) -> tuple[str, str]:
    """Return the template of the first media type in Accept, else of JSON, else any."""
    preferred = (accept or "").partition(",")[0].partition(";")[0].strip()
    for media_type in (preferred, "application/json", *templates):
        if media_type in templates:
            return media_type, templates[media_type]
    return "application/json", _DEFAULT_TEMPLATE
