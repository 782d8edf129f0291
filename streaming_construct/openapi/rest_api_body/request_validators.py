"""Build the request validators of an OpenAPI body.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-request-validators.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from streaming_construct.model.api import Route
from streaming_construct.model.authorization import RequestValidation

VALIDATOR: Final = "x-amazon-apigateway-request-validator"
VALIDATORS: Final = "x-amazon-apigateway-request-validators"


def build_request_validators(routes: Iterable[Route]) -> dict[str, Any]:
    """Return the validators in use, by name."""
    used = {route.validation.name: route.validation for route in routes if route.validation}
    return {
        name: {
            "validateRequestBody": validation.has_body_validation,
            "validateRequestParameters": validation.has_parameter_validation,
        }
        for name, validation in sorted(used.items())
    }


def has_validator(operation: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    """Return whether an operation of a converted document, or its whole document, is validated."""
    return VALIDATOR in operation or VALIDATOR in document


def has_nothing_to_validate(
    validation: RequestValidation, operation: Mapping[str, Any], item: Mapping[str, Any]
) -> bool:
    """Return whether an operation declares nothing that a validator checks."""
    parameters = [*operation.get("parameters", ()), *item.get("parameters", ())]
    required = any(
        parameter.get("required") and parameter.get("in") != "path" for parameter in parameters
    )
    content = operation.get("requestBody", {}).get("content", {})
    return not (validation.has_parameter_validation and required) and not (
        validation.has_body_validation and content
    )
