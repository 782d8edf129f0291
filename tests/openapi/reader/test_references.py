"""References of every kind become models or parameters, or are in the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streaming_construct.openapi import Conversion, OpenApi
from tests.openapi.conversion import import_rules

if TYPE_CHECKING:
    from pathlib import Path


def body_of(conversion: Conversion) -> Any:
    (item,) = conversion.document["paths"].values()
    (operation,) = item.values()
    return operation["requestBody"]["content"]["application/json"]["schema"]


def with_body(schema: Any, version: str = "3.0.3", **models: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    operation = {"requestBody": {"required": True, "content": content}, "responses": {}}
    return {
        "openapi": version,
        "paths": {"/x": {"post": operation}},
        "components": {"schemas": models},
    }


def test_references_to_other_files_become_models(tmp_path: Path) -> None:
    """Files refer to files, to the document, and to parts of each other."""
    (tmp_path / "schemas").mkdir()
    (tmp_path / "api.yaml").write_text(
        "openapi: 3.0.3\n"
        "paths:\n"
        "  /pets: {$ref: 'paths.yaml#/pets'}\n"
        "components:\n"
        "  schemas:\n"
        "    Tag: {type: object, properties: {label: {type: string}}}\n"
    )
    (tmp_path / "paths.yaml").write_text(
        "pets:\n"
        "  post:\n"
        "    parameters: [{$ref: '#/limit'}]\n"
        "    requestBody:\n"
        "      required: true\n"
        "      content: {application/json: {schema: {$ref: schemas/pet.json}}}\n"
        "    responses: {'201': {description: ok}}\n"
        "limit: {name: limit, in: query, schema: {type: integer}}\n"
    )
    (tmp_path / "schemas" / "pet.json").write_text(
        '{"type": "object", "properties": {"tag": {"$ref": "../api.yaml#/components/schemas/Tag"},'
        ' "friend": {"$ref": "#"}, "code": {"$ref": "more.yaml#/codes/short"}}}'
    )
    (tmp_path / "schemas" / "more.yaml").write_text(
        "codes: {short: {type: string, maxLength: 3}}\n"
    )
    conversion = OpenApi.from_file(tmp_path / "api.yaml").convert()
    assert import_rules.findings(conversion.document) == []
    operation = conversion.document["paths"]["/pets"]["post"]
    assert [parameter["name"] for parameter in operation["parameters"]] == ["limit"]
    models = conversion.document["components"]["schemas"]
    pet = models[body_of(conversion)["$ref"].rpartition("/")[2]]
    assert pet["properties"]["friend"] == body_of(conversion)
    assert models["short"] == {"type": "string", "maxLength": 3}
    assert models["Tag"]["properties"] == {"label": {"type": "string"}}


def test_circles_of_references_end() -> None:
    """Models may be recursive. Aliases and compositions in circles allow any value."""
    conversion = OpenApi.from_dict(
        with_body(
            {"$ref": "#/components/schemas/Tree"},
            Tree={
                "type": "object",
                "properties": {
                    "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
                    "alias": {"$ref": "#/components/schemas/A"},
                    "self": {"$ref": "#/components/schemas/Self"},
                },
            },
            A={"$ref": "#/components/schemas/B"},
            B={"$ref": "#/components/schemas/A"},
            Self={"allOf": [{"$ref": "#/components/schemas/Self"}, {"type": "object"}]},
        )
    ).convert()
    assert import_rules.findings(conversion.document) == []
    tree = conversion.document["components"]["schemas"]["Tree"]
    assert tree["properties"]["children"]["items"] == body_of(conversion)
    assert tree["properties"]["alias"] == {}


def test_a_reference_into_another_part_becomes_a_model() -> None:
    """The import accepts only references to models."""
    pointer = "#/paths/~1x/post/requestBody/content/application~1json/schema/properties/a"
    conversion = OpenApi.from_dict(
        with_body(
            {
                "type": "object",
                "properties": {
                    "a": {"type": "object", "properties": {"n": {"type": "integer"}}},
                    "b": {"$ref": pointer},
                },
            }
        )
    ).convert()
    assert body_of(conversion)["properties"]["b"] == {"$ref": "#/components/schemas/a"}
    assert conversion.document["components"]["schemas"]["a"]["type"] == "object"


def test_a_broken_reference_allows_any_value_and_is_reported() -> None:
    """The report has the reference."""
    conversion = OpenApi.from_dict(
        with_body(
            {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/Gone"}}},
        )
    ).convert()
    assert body_of(conversion)["properties"]["a"] == {}
    assert any("Gone" in entry.element for entry in conversion.dropped)


def test_members_beside_a_reference_count_in_3_1_only() -> None:
    """OpenAPI 3.0 ignores them. 3.1 combines both."""
    beside = {"$ref": "#/components/schemas/P", "required": ["a"]}
    model = {"type": "object", "properties": {"a": {"type": "string"}}}
    old = OpenApi.from_dict(with_body(beside, P=model)).convert()
    new = OpenApi.from_dict(with_body(beside, "3.1.0", P=model)).convert()
    assert body_of(old) == {"$ref": "#/components/schemas/P"}
    assert body_of(new) == {**model, "required": ["a"]}


def test_names_that_look_like_keywords_are_names() -> None:
    """A property may be called `$ref`, `example`, `default` or `properties`."""
    names = ["$ref", "example", "default", "properties", "required", "items"]
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
    assert body_of(OpenApi.from_dict(with_body(schema)).convert()) == schema
