"""The type of a value that an enum lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def has_type(value: Any, name: Any) -> bool:
    """Tell whether a text, number or boolean has the type of that name, when there is one."""
    if name is None:
        return True
    if isinstance(value, bool):
        return bool(name == "boolean")
    if isinstance(value, str):
        return bool(name == "string")
    return name == "number" or (name == "integer" and isinstance(value, int))


Schema = dict[str, Any]


def merge_all_of(schemas: Iterable[Schema]) -> Schema:
    """One schema for what satisfies all of them: not narrower, `allOf` and `$ref` free at its root.

    Takes schemas that `widening` made, with the references at their roots already replaced.
    """
    result: Schema = {}
    for schema in schemas:
        for keyword, value in schema.items():
            if keyword not in result:
                result[keyword] = value
            elif keyword in _BOTH:
                result[keyword] = _BOTH[keyword](result[keyword], value)
    if result.get("type") is _CONTRADICTION:
        del result["type"]
    if not all(has_type(value, result.get("type")) for value in result.get("enum", ())):
        # No one schema may say this, and 1.0 may be the integer 1: neither is kept.
        del result["type"], result["enum"]
    return result


_CONTRADICTION = object()


def _type(first: Any, second: Any) -> Any:
    if first == second:
        return first
    if {first, second} == {"integer", "number"}:
        return "integer"
    return _CONTRADICTION


def _properties(first: Mapping[str, Schema], second: Mapping[str, Schema]) -> dict[str, Schema]:
    merged = dict(first)
    for name, schema in second.items():
        merged[name] = _property(merged[name], schema) if name in merged else schema
    return merged


def _property(first: Schema, second: Schema) -> Schema:
    if "$ref" not in first and "$ref" not in second:
        return merge_all_of([first, second])
    chosen = first if "$ref" in first else second
    read_only = first.get("readOnly") or second.get("readOnly")
    return {**chosen, "readOnly": True} if read_only else chosen


def _required(first: list[str], second: list[str]) -> list[str]:
    return list(dict.fromkeys([*first, *second]))


def _additional(first: Any, second: Any) -> Any:
    return False if second is False else first


_BOTH = {
    "type": _type,
    "properties": _properties,
    "required": _required,
    "items": lambda first, second: first or second,
    "additionalProperties": _additional,
}
