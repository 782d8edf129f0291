"""Schemas of every version become draft 4 models that allow at least the same values."""

from __future__ import annotations

from typing import Any

import pytest

from streaming_construct.documents.document import read_openapi_document
from streaming_construct.openapi.conversion.keywords import DroppedConstraint
from streaming_construct.openapi.conversion.schema_relaxation import SchemaRelaxer
from streaming_construct.openapi.reader.node import DocumentSet, Node


def relax(
    schema: Any, *, version: str = "3.0", models: dict[str, Any] | None = None
) -> tuple[Any, list[DroppedConstraint]]:
    library = DocumentSet({"components": {"schemas": models or {}}}, None, read_openapi_document)
    losses: list[DroppedConstraint] = []
    result = SchemaRelaxer(library, is_json_schema_2020=version == "3.1").relax(
        Node(schema), losses
    )
    return result, losses


UNCHANGED = [
    {"type": "string", "minLength": 1, "maxLength": 5, "pattern": "^[a-z]+$"},
    {"type": "integer", "minimum": 0, "maximum": 10, "multipleOf": 2},
    {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True},
    {"type": "object", "properties": {"a": {}}, "required": ["a"], "additionalProperties": False},
    {"type": "object", "additionalProperties": {"type": "boolean"}, "minProperties": 1},
    {"type": "string", "enum": ["a", "b"]},
]


@pytest.mark.parametrize("schema", UNCHANGED)
def test_keywords_of_draft_4_stay(schema: Any) -> None:
    """Types, bounds, values and members with the same meaning are unchanged."""
    assert relax(schema) == (schema, [])


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
def test_other_keywords_are_relaxed(
    version: str, schema: Any, model: Any, lost: str | None
) -> None:
    """The rest stays, and the report has the omission with its location."""
    result, losses = relax(schema, version=version)
    assert result == model
    assert lost in [loss.constraint for loss in losses] if lost else losses == []


def test_an_object_with_dropped_patterns_allows_more_members() -> None:
    """Without its patternProperties it must not reject other members."""
    schema = {"patternProperties": {"^x-": {}}, "additionalProperties": False, "type": "object"}
    assert relax(schema, version="3.1")[0] == {"type": "object"}


@pytest.mark.parametrize("name", ["Ref", "Fn::Sub", "a${Token[T.1]}"])
def test_a_property_named_like_an_intrinsic_function_is_dropped(name: str) -> None:
    """A single `Ref` or a token is such a name. The object then allows other members."""
    schema = {"type": "object", "properties": {name: {}}, "additionalProperties": False}
    result, losses = relax(schema)
    assert result == {"type": "object"}
    assert f"property {name}" in [loss.constraint for loss in losses]


def test_all_of_is_merged() -> None:
    """The members of all parts are combined. The first part with a member sets it."""
    base = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
    schema = {
        "allOf": [{"$ref": "#/components/schemas/Base"}, {"required": ["name"]}],
        "properties": {"name": {"type": "string"}},
    }
    assert relax(schema, models={"Base": base})[0] == {
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
def test_contradicting_parts_are_dropped(parts: list[dict[str, Any]], lost: list[str]) -> None:
    """The import rejects an enum of another type."""
    result, losses = relax({"allOf": parts})

    assert [loss.constraint for loss in losses] == lost
    assert result == ({} if lost else {"type": "string", "enum": ["a"]})


def test_all_of_with_one_part_is_that_part() -> None:
    """This is the usual description of a reference, which stays a reference."""
    schema = {"allOf": [{"$ref": "#/components/schemas/Base"}], "description": "x"}
    result, losses = relax(schema, models={"Base": {"type": "object"}})
    assert result == {"$ref": "#/components/schemas/Base"}
    assert losses == []


def test_a_read_only_member_is_not_required() -> None:
    """A request leaves it out, also if another part of the schema requires it."""
    base = {"type": "object", "properties": {"id": {"type": "string", "readOnly": True}}}
    schema = {"allOf": [base, {"type": "object", "required": ["id"]}]}
    result, losses = relax(schema)
    assert "required" not in result
    assert "required: id" in [loss.constraint for loss in losses]


def test_a_nullable_reference_allows_anything() -> None:
    """A model cannot be a reference and null."""
    schema = {"allOf": [{"$ref": "#/components/schemas/Base"}], "nullable": True}
    assert relax(schema, models={"Base": {"type": "object"}})[0] == {}
