"""Query parameters are required by the names in a request."""

from __future__ import annotations

from typing import Any

import pytest

from streaming_construct.openapi import OpenApi
from streaming_construct.openapi.streaming_media_types import has_streamed_response

OBJECT = {"type": "object", "properties": {"page": {"type": "integer"}}, "required": ["page"]}


def convert_parameters(parameter: dict[str, Any], **document: Any) -> dict[str, bool]:
    """Return the parameter names of a converted operation, and whether it is required."""
    operation = {
        "parameters": [{"in": "query", "name": "given", "required": True, **parameter}],
        "responses": {"200": {"description": "fine"}},
    }
    source = {"openapi": "3.1.0", "info": {}, "paths": {"/a": {"get": operation}}, **document}
    result = OpenApi.from_dict(source).convert().document["paths"]["/a"]["get"]
    return {
        parameter["name"]: parameter.get("required", False)
        for parameter in result.get("parameters", [])
    }


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ({"schema": OBJECT}, {"page": True}),
        ({"schema": OBJECT, "required": False}, {"page": False}),
        ({"schema": {**OBJECT, "required": []}}, {"page": False}),
        ({"schema": {**OBJECT, "oneOf": [{}]}}, {"page": False}),
        ({"schema": {"type": ["object", "null"], "properties": {"a": {}}}}, {"a": False}),
        ({"schema": {"additionalProperties": True}}, {}),
        ({"schema": {"$ref": "#/components/schemas/Page"}}, {"page": True}),
        ({"schema": {"anyOf": [OBJECT, {"type": "string"}]}}, {}),
        ({"schema": OBJECT, "style": "deepObject", "explode": True}, {}),
        ({"schema": OBJECT, "style": "deepObject"}, {}),
        ({"schema": OBJECT, "explode": False}, {"given": True}),
        ({"schema": OBJECT, "style": "pipeDelimited"}, {"given": True}),
        ({"schema": {"type": "array", "items": {}}}, {"given": True}),
        ({"schema": {"type": "string"}}, {"given": True}),
        ({"content": {"application/json": {"schema": OBJECT}}}, {"given": True}),
    ],
)
def test_an_exploded_object_is_sent_as_its_properties(
    parameter: dict[str, Any], expected: dict[str, bool]
) -> None:
    """The query does not have its name, so it cannot be required."""
    assert convert_parameters(parameter, components={"schemas": {"Page": OBJECT}}) == expected


@pytest.mark.parametrize(
    ("media", "expected"),
    [
        ({"itemSchema": {"type": "object"}}, True),
        ({"$ref": "#/components/mediaTypes/Words"}, True),
        ({"schema": {"type": "object"}}, False),
    ],
)
def test_an_openapi_3_2_item_schema_marks_a_stream(media: dict[str, Any], expected: bool) -> None:
    """The media type may be one that does not stream in other documents."""
    response = {"description": "words", "content": {"application/x-words": media}}
    document = {
        "openapi": "3.2.0",
        "info": {"title": "Words", "version": "1"},
        "paths": {
            "/chat": {
                "post": {"responses": {"200": response}},
                "additionalOperations": {"GET": {"responses": {"200": {"description": "x"}}}},
            }
        },
        "components": {"mediaTypes": {"Words": {"itemSchema": {"type": "string"}}}},
    }

    sources = OpenApi.from_dict(document).convert().sources

    assert {key.method: has_streamed_response(operation) for key, operation in sources.items()} == {
        "POST": expected,
        "GET": False,
    }
