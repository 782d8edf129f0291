"""Request validators: whether there is something to validate.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streaming_construct.model.declaration import Declaration
from streaming_construct.model.source_location import UNKNOWN_LOCATION, SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding, Rule, Severity

REQUEST_VALIDATOR_UNUSED: Final = Rule(
    id="request-validator-unused",
    severity=Severity.WARNING,
    title="Request validator without a schema",
    what=(
        "Request validation is enabled for an operation without a required parameter or a "
        "request body, or for an API without a document."
    ),
    why="API Gateway validates only what is declared, so every request passes.",
    fix=(
        "Declare a required parameter or a request body in the document, or disable the validation."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html",
    tags=frozenset({"route", "synth", "lint"}),
)


def check_request_validators(declaration: Declaration) -> Iterator[Finding]:
    """Yield a warning for each route whose request validator has nothing to validate."""
    if not declaration.has_streaming_intent or not declaration.api.stage.is_complete:
        return
    for route in declaration.api.routes:
        validation = route.validation
        if validation is None or validation.unresolved:
            continue
        has_effect = (validation.has_body_validation and validation.models) or (
            validation.has_parameter_validation and validation.required
        )
        if not has_effect and (
            validation.has_body_validation or validation.has_parameter_validation
        ):
            yield create_unused_validator_warning(
                Subject("route", str(route)), validation.name, location=route.origin
            )


def create_unused_validator_warning(
    subject: Subject, validator_name: str, *, location: SourceLocation = UNKNOWN_LOCATION
) -> Finding:
    """Return the finding that a request validator has nothing to validate."""
    return REQUEST_VALIDATOR_UNUSED.at(
        subject,
        f"the request validator {validator_name} has no required parameter and no model to "
        "validate",
        location=location,
    )
