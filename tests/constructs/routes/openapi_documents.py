"""OpenAPI documents for the tests of routes, and their errors and warnings."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk.assertions import Annotations as FoundAnnotations
from aws_cdk.assertions import Match
from aws_cdk.aws_apigateway import ResponseTransferMode

from streaming_construct import OpenApi, StreamingRestApi
from tests.support.synthesis import Template, body_of, new_function

STREAM, BUFFERED = ResponseTransferMode.STREAM, ResponseTransferMode.BUFFERED
OK = {"200": {"description": "fine"}}
ARN = "arn:aws:lambda:eu-west-1:111122223333:function:mine"
STREAMING_URI = (
    "arn:aws:apigateway:eu-west-1:lambda:path/2021-11-15"
    f"/functions/{ARN}/response-streaming-invocations"
)


def events(media_type: str = "text/event-stream") -> dict[str, Any]:
    return {"200": {"description": "messages", "content": {media_type: {}}}}


def operation(**members: Any) -> dict[str, Any]:
    return {"responses": OK, **members}


def document(paths: dict[str, Any], **members: Any) -> OpenApi:
    return OpenApi.from_dict(
        {"openapi": "3.1.0", "info": {"title": "Pets", "version": "3"}, "paths": paths, **members}
    )


PETS: dict[str, Any] = {
    "/pets": {
        "get": operation(operationId="listPets", tags=["pets"]),
        "post": operation(
            operationId="addPet",
            tags=["pets"],
            parameters=[
                {"name": "dry", "in": "query", "required": True, "schema": {"type": "boolean"}}
            ],
            requestBody={
                "required": True,
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
            },
            **{"x-amazon-apigateway-request-validator": "all"},
        ),
    },
    "/pets/{id}": {"get": operation(operationId="pet", tags=["pets", "one"])},
    "/events": {"get": {"operationId": "events", "responses": events()}},
    "/lines": {"get": {"responses": events("application/x-ndjson")}},
    "/files/{name:path}": {"get": operation()},
}
SCHEMES_AND_MODELS = {
    "components": {"schemas": {"Pet": {"type": "object", "required": ["name"]}}},
    "x-amazon-apigateway-request-validators": {
        "all": {"validateRequestBody": True, "validateRequestParameters": True}
    },
}


def warnings_of(stack: Stack, rule: str) -> list[str]:
    warnings = FoundAnnotations.from_stack(stack).find_warning("*", Match.any_value())
    messages = [str(warning.entry.data) for warning in warnings]
    return [message for message in messages if f"[ack: streaming-construct:{rule}]" in message]


def methods(template: Template) -> set[tuple[str, str]]:
    paths = body_of(template)["paths"]
    return {(key, path) for path, item in paths.items() for key in item if key != "parameters"}


def error_of(stack: Stack, **options: Any) -> str:
    with pytest.raises(ValueError, match="nothing was created") as rejected:
        StreamingRestApi(stack, "Api", **{"handler": new_function(stack), **options})
    (api,) = (child for child in stack.node.children if child.node.id == "Api")
    assert api.node.children == []
    return str(rejected.value)
