"""Merge the schemas of `allOf`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def has_type(value: Any, name: Any) -> bool:
    """Return whether a string, number or boolean has the type `name`; None is any type."""
    if name is None:
        return True
    if isinstance(value, bool):
        return bool(name == "boolean")
    if isinstance(value, str):
        return bool(name == "string")
    return name == "number" or (name == "integer" and isinstance(value, int))


Schema = dict[str, Any]


def merge_all_of(schemas: Iterable[Schema]) -> Schema:
    """Return one schema that allows every value that all of them allow.

    The schemas are those of `SchemaRelaxer`, with the references at their roots replaced. The
    result has neither `allOf` nor `$ref` at its root.
    """
    result: Schema = {}
    for schema in schemas:
        for keyword, value in schema.items():
            if keyword not in result:
                result[keyword] = value
            elif keyword in _MERGERS:
                result[keyword] = _MERGERS[keyword](result[keyword], value)
    if result.get("type") is _CONTRADICTION:
        del result["type"]
    if not all(has_type(value, result.get("type")) for value in result.get("enum", ())):
        # A model must not contradict itself, and 1.0 can be the integer 1. Keep neither.
        del result["type"], result["enum"]
    return result


_CONTRADICTION = object()


def _merge_types(first: Any, second: Any) -> Any:
    if first == second:
        return first
    if {first, second} == {"integer", "number"}:
        return "integer"
    return _CONTRADICTION


def _merge_properties(
    first: Mapping[str, Schema], second: Mapping[str, Schema]
) -> dict[str, Schema]:
    merged = dict(first)
    for name, schema in second.items():
        merged[name] = _merge_property(merged[name], schema) if name in merged else schema
    return merged


def _merge_property(first: Schema, second: Schema) -> Schema:
    if "$ref" not in first and "$ref" not in second:
        return merge_all_of([first, second])
    chosen = first if "$ref" in first else second
    read_only = first.get("readOnly") or second.get("readOnly")
    return {**chosen, "readOnly": True} if read_only else chosen


def _merge_required(first: list[str], second: list[str]) -> list[str]:
    return list(dict.fromkeys([*first, *second]))


def _merge_additional_properties(first: Any, second: Any) -> Any:
    return False if second is False else first


_MERGERS = {
    "type": _merge_types,
    "properties": _merge_properties,
    "required": _merge_required,
    "items": lambda first, second: first or second,
    "additionalProperties": _merge_additional_properties,
}
