"""An OpenAPI file with API Gateway's extensions, as the stack that would import it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from streaming_construct.documents.document import Document
from streaming_construct.templates.stacks.coercion import as_mapping
from streaming_construct.templates.stacks.stack import (
    DEFAULT_ACCOUNT,
    DEFAULT_REGION,
    SourceKind,
    Stack,
    list_stack_names,
)

_SUBSTITUTION: Final = re.compile(r"\$\{([^}]+)\}")
_PSEUDO_PARAMETERS: Final = {
    "AWS::AccountId": DEFAULT_ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": DEFAULT_REGION,
}


PLACEHOLDER: Final = "placeholder"
"""Stands for a value that a tool puts into the document before the import."""


def is_openapi(document: Mapping[str, Any]) -> bool:
    """Return whether a document is an OpenAPI document of any version."""
    return "openapi" in document or "swagger" in document


def create_openapi_stack(document: Document) -> Stack:
    """Return a stack with only the API of an OpenAPI file.

    Values of `Fn::Sub` and of Terraform's templates are placeholders. The URI of a function still
    shows its transfer mode. The file does not define the endpoint type. The stack has the default,
    Regional.
    """
    file = document.path
    body = _fill_placeholders(document.data)
    is_http = _is_http_api(document.data)
    configuration = {} if is_http else {"EndpointConfiguration": {"Types": ["REGIONAL"]}}
    return Stack(
        names=list_stack_names(file),
        file=file,
        document=document,
        kind=SourceKind.OPENAPI,
        folder=file.parent,
        pointers={"Api": ()},
        template={
            "Resources": {
                "Api": {
                    "Type": "AWS::ApiGatewayV2::Api" if is_http else "AWS::ApiGateway::RestApi",
                    "Properties": {"Body": body, **configuration},
                }
            }
        },
    )


def _is_http_api(document: Mapping[str, Any]) -> bool:
    """Return whether the integrations of a document are those of an HTTP API.

    Only HTTP APIs have a payload format version and integrations with services of AWS by a subtype.
    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
    """
    integrations = [
        as_mapping(operation["x-amazon-apigateway-integration"])
        for item in as_mapping(document.get("paths")).values()
        for operation in map(as_mapping, as_mapping(item).values())
        if "x-amazon-apigateway-integration" in operation
    ]
    if not integrations or any(
        "responseTransferMode" in integration for integration in integrations
    ):
        return False
    return all("payloadFormatVersion" in integration for integration in integrations) or any(
        "integrationSubtype" in integration for integration in integrations
    )


def _fill_placeholders(value: Any) -> Any:
    if isinstance(value, str):
        return _SUBSTITUTION.sub(lambda match: _PSEUDO_PARAMETERS.get(match[1], PLACEHOLDER), value)
    if isinstance(value, list):
        return [_fill_placeholders(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if value.keys() == {"Fn::Sub"}:
        written = value["Fn::Sub"]
        return _fill_placeholders(written[0] if isinstance(written, list) and written else written)
    return {key: _fill_placeholders(item) for key, item in value.items()}
