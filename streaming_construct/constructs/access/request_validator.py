"""CDK's `RequestValidatorOptions` as plain data, and the responses to invalid requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aws_cdk.aws_apigateway import RequestValidatorOptions

from streaming_construct.model.authorization import RequestValidation
from streaming_construct.model.integrations import TemplatedResponse

_NAMES: Final = {
    (True, True): "bodyAndParameters",
    (True, False): "bodyOnly",
    (False, True): "parametersOnly",
    (False, False): "nothing",
}


def read_request_validation(options: RequestValidatorOptions | None) -> RequestValidation | None:
    """Return `options` as plain data, with a name for the checked parts."""
    if not isinstance(options, RequestValidatorOptions):
        return None
    body = bool(options.validate_request_body)
    parameters = bool(options.validate_request_parameters)
    return RequestValidation(
        name=options.request_validator_name or _NAMES[body, parameters],
        has_body_validation=body,
        has_parameter_validation=parameters,
    )


def create_bad_request_body_response(headers: Mapping[str, str]) -> TemplatedResponse:
    """Return the gateway response to an invalid body, with the validation error in it.

    API Gateway's default message is `Invalid request body`. Its response to a missing parameter
    names the parameter already.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
    """
    template = (
        '{"message":$context.error.messageString,"detail":"$context.error.validationErrorString"}'
    )
    return TemplatedResponse(headers=headers, templates={"application/json": template})
