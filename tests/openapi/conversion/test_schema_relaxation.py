"""Schemas of every version become draft 4 models that allow all that they allowed."""

from __future__ import annotations

from typing import Any

import pytest

from streaming_construct.documents.document import read_openapi_document
from streaming_construct.openapi.conversion.keywords import DroppedConstraint
from streaming_construct.openapi.conversion.schema_relaxation import SchemaRelaxer
from streaming_construct.openapi.reader.node import DocumentSet, Node


def widened(
    schema: Any, *, version: str = "3.0", models: dict[str, Any] | None = None
) -> tuple[Any, list[DroppedConstraint]]:
    library = DocumentSet({"components": {"schemas": models or {}}}, None, read_openapi_document)
    losses: list[DroppedConstraint] = []
    made = SchemaRelaxer(library, is_json_schema_2020=version == "3.1").relax(Node(schema), losses)
    return made, losses


KEPT = [
    {"type": "string", "minLength": 1, "maxLength": 5, "pattern": "^[a-z]+$"},
    {"type": "integer", "minimum": 0, "maximum": 10, "multipleOf": 2},
    {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True},
    {"type": "object", "properties": {"a": {}}, "required": ["a"], "additionalProperties": False},
    {"type": "object", "additionalProperties": {"type": "boolean"}, "minProperties": 1},
    {"type": "string", "enum": ["a", "b"]},
]


@pytest.mark.parametrize("schema", KEPT)
def test_what_draft_4_has_stays(schema: Any) -> None:
    """Types, bounds, values and members that mean the same stay as they are."""
    assert widened(schema) == (schema, [])


CHANGED = [
    ("3.0", {"type": "string", "nullable": True, "maxLength": 5}, {"maxLength": 5}, "type"),
    ("3.1", {"type": ["string", "null"], "maxLength": 5}, {"maxLength": 5}, "type"),
    ("3.1", {"type": ["string", "integer"]}, {}, "type"),
    ("3.1", {"type": ["string"]}, {"type": "string"}, None),
    ("3.1", {"type": "integer"}, {"type": "number", "multipleOf": 1}, None),
    ("3.1", {"type": "null"}, {}, "type null"),
    ("3.1", {"const": "a"}, {"enum": ["a"]}, None),
    ("3.1", {"const": None}, {}, "enum"),
    ("3.1", {"exclusiveMinimum": 0}, {"minimum": 0}, "exclusiveMinimum"),
    ("3.1", {"exclusiveMaximum": 5, "maximum": 9}, {"maximum": 5}, "exclusiveMaximum"),
    ("3.0", {"minimum": 1, "exclusiveMinimum": True}, {"minimum": 1}, "exclusiveMinimum"),
    ("3.1", {"prefixItems": [{}], "items": {"type": "string"}}, {}, "prefixItems"),
    ("3.1", True, {}, None),
    ("3.1", False, {}, "a schema that is not an object"),
    ("3.0", {"type": "array"}, {"type": "array", "items": {}}, None),
    ("3.0", {"type": "file"}, {}, "type file"),
    ("3.0", {"type": "string", "format": "date-time"}, {"type": "string"}, "format"),
    ("3.0", {"type": "string", "pattern": r"^\p{L}$"}, {"type": "string"}, "pattern"),
    ("3.0", {"type": "string", "pattern": "(?P<a>x)"}, {"type": "string"}, "pattern"),
    ("3.0", {"type": "string", "enum": ["a", None]}, {}, "enum"),
    ("3.0", {"type": "string", "enum": []}, {}, "enum"),
    ("3.0", {"type": "string", "enum": [1]}, {}, "enum"),
    ("3.0", {"enum": ["a", "a"]}, {"enum": ["a"]}, "repeated values of enum"),
    ("3.0", {"type": "integer", "enum": [2**60]}, {"type": "integer"}, "enum"),
    ("3.0", {"type": "integer", "maximum": 2**63 - 1}, {"type": "integer"}, "maximum"),
    ("3.0", {"type": "string", "enum": ["${Token[T.1]}"]}, {"type": "string"}, "enum"),
    ("3.0", {"not": {"type": "string"}}, {}, "not"),
    ("3.0", {"oneOf": [{"type": "string"}, {"type": "string"}]}, {"type": "string"}, "oneOf"),
    ("3.0", {"anyOf": [{"type": "string"}, {"type": "integer"}]}, {}, "anyOf"),
    ("3.1", {"anyOf": [{"type": "string"}, {"type": "null"}]}, {}, "type"),
    ("3.0", {"type": "object", "required": True}, {"type": "object"}, "required"),
    ("3.0", {"type": "object", "required": []}, {"type": "object"}, None),
    ("3.1", {"type": "object", "if": {}, "then": {}}, {"type": "object"}, "if"),
    ("3.1", {"propertyNames": {"pattern": "^a"}}, {}, "propertyNames"),
    ("3.1", {"unevaluatedProperties": False}, {}, "unevaluatedProperties"),
]


@pytest.mark.parametrize(("version", "schema", "model", "lost"), CHANGED)
def test_what_draft_4_has_not_is_widened(
    version: str, schema: Any, model: Any, lost: str | None
) -> None:
    """What a model cannot say goes, the rest stays, and the loss is noted with its place."""
    made, losses = widened(schema, version=version)
    assert made == model
    assert lost in [loss.constraint for loss in losses] if lost else losses == []


def test_closed_objects_open_when_a_pattern_allowed_more() -> None:
    """Without its patternProperties an object must not refuse other members."""
    schema = {"patternProperties": {"^x-": {}}, "additionalProperties": False, "type": "object"}
    assert widened(schema, version="3.1")[0] == {"type": "object"}


@pytest.mark.parametrize("name", ["Ref", "Fn::Sub", "a${Token[T.1]}"])
def test_a_name_that_would_be_taken_for_a_call_goes(name: str) -> None:
    """A lone `Ref` or a token as a property's name goes, and its object opens."""
    schema = {"type": "object", "properties": {name: {}}, "additionalProperties": False}
    made, losses = widened(schema)
    assert made == {"type": "object"}
    assert f"property {name}" in [loss.constraint for loss in losses]


def test_allof_is_written_out() -> None:
    """Members of all parts come together; what two say of one thing, the first says."""
    base = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
    schema = {
        "allOf": [{"$ref": "#/components/schemas/Base"}, {"required": ["name"]}],
        "properties": {"name": {"type": "string"}},
    }
    assert widened(schema, models={"Base": base})[0] == {
        "type": "object",
        "properties": {"name": {"type": "string"}, "id": {"type": "string"}},
        "required": ["id", "name"],
    }


@pytest.mark.parametrize(
    ("parts", "lost"),
    [
        ([{"type": "object"}, {"type": "string"}], ["type"]),
        ([{"type": "object"}, {"enum": ["a"]}], ["type", "enum"]),
        ([{"type": "integer"}, {"enum": [1.5]}], ["type", "enum"]),
        ([{"type": "string"}, {"enum": ["a"]}], []),
    ],
)
def test_parts_that_contradict_each_other_say_nothing(
    parts: list[dict[str, Any]], lost: list[str]
) -> None:
    """A model with an enum of another type would be read as a mistake, and is none of the parts."""
    made, losses = widened({"allOf": parts})

    assert [loss.constraint for loss in losses] == lost
    assert made == ({} if lost else {"type": "string", "enum": ["a"]})


def test_a_lone_allof_is_its_part() -> None:
    """The usual way to describe a reference stays a reference."""
    schema = {"allOf": [{"$ref": "#/components/schemas/Base"}], "description": "x"}
    made, losses = widened(schema, models={"Base": {"type": "object"}})
    assert made == {"$ref": "#/components/schemas/Base"}
    assert losses == []


def test_a_read_only_member_is_not_required() -> None:
    """A request leaves it out, also when another part of the schema requires it."""
    base = {"type": "object", "properties": {"id": {"type": "string", "readOnly": True}}}
    schema = {"allOf": [base, {"type": "object", "required": ["id"]}]}
    made, losses = widened(schema)
    assert "required" not in made
    assert "required: id" in [loss.constraint for loss in losses]


def test_a_nullable_reference_allows_anything() -> None:
    """A model cannot be referred to and null at once."""
    schema = {"allOf": [{"$ref": "#/components/schemas/Base"}], "nullable": True}
    assert widened(schema, models={"Base": {"type": "object"}})[0] == {}
