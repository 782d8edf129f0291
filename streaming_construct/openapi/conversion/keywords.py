"""JSON Schema keywords that API Gateway's draft 4 models keep, convert or drop."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from streaming_construct.openapi.conversion.all_of import Schema, has_type
from streaming_construct.openapi.conversion.cdk_safe_values import (
    is_exact_in_javascript,
    is_safe_text,
)
from streaming_construct.openapi.reader.node import Node

# Reasons of dropped constraints.
NULL_ALLOWED = "API Gateway ignores nullable: without its type the value may still be null"
UNSUPPORTED_KEYWORD = "API Gateway's models have no such keyword"
INVALID_VALUE = "OpenAPI does not allow this value here"
UNSAFE_VALUE = "CDK or CloudFormation would change it"
FORMAT_NOT_PORTABLE = "a validator of draft 4 may reject values that OpenAPI allows"
REPEATED_VALUE = "a model's enum must not repeat a value"
PATTERN_NOT_PORTABLE = (
    "regular expressions of this kind mean different things to different validators"
)

SCHEMA_TYPES = ("array", "boolean", "integer", "number", "object", "string")
# Regular expressions that ECMA 262, Java and Python interpret alike.
_PORTABLE_PATTERN = re.compile(
    r"""(?: [^\\(\[{*+?]                               # a literal character
          | \\ (?: [dDwWsSbBnrtf] | [^A-Za-z0-9] )     # a class, or an escaped literal
          | \( (?! \? ) | \( \? [:=!]                  # groups without names and flags
          | \[ \^? (?: [^\\\[\]&] | \\ (?: [dDwWsSnrtf] | [^A-Za-z0-9] ) )+ \]
          | (?: [*+?] | \{ \d+ (?: , \d* )? \} ) \??    # a quantifier
        )*""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class DroppedConstraint:
    """A constraint of a document that the model does not keep."""

    constraint: str
    reason: str
    pointer: str


def convert_type(
    node: Node, dropped: list[DroppedConstraint], *, is_json_schema_2020: bool
) -> Schema:
    """Return the type of a schema. OpenAPI 3.1 may list several, of which none is kept."""
    value = node.value.get("type")
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if value is None:
        return {}
    if isinstance(value, str) and value in SCHEMA_TYPES:
        if value == "integer" and is_json_schema_2020:
            return {"type": "number", "multipleOf": 1}
        return {"type": value}
    if isinstance(value, list | tuple):
        why = NULL_ALLOWED if "null" in value and len(value) == 2 else UNSUPPORTED_KEYWORD
        dropped.append(DroppedConstraint("type", why, f"{node}/type"))
    else:
        dropped.append(DroppedConstraint(f"type {value}", INVALID_VALUE, f"{node}/type"))
    return {}


def convert_number_keywords(
    node: Node, dropped: list[DroppedConstraint], *, is_json_schema_2020: bool
) -> Schema:
    """Return the bounds and the step of a number. An exclusive bound becomes inclusive."""
    result: Schema = {}
    value = node.value
    for keyword, exclusive, stricter in (
        ("minimum", "exclusiveMinimum", max),
        ("maximum", "exclusiveMaximum", min),
    ):
        bounds = [value.get(keyword), value.get(exclusive) if is_json_schema_2020 else None]
        exact_bounds = [bound for bound in bounds if is_exact_in_javascript(bound)]
        if exact_bounds:
            result[keyword] = stricter(exact_bounds)
        if value.get(exclusive) is not None and value[exclusive] is not False:
            dropped.append(DroppedConstraint(exclusive, UNSUPPORTED_KEYWORD, f"{node}/{exclusive}"))
        if value.get(keyword) is not None and not is_exact_in_javascript(value[keyword]):
            dropped.append(DroppedConstraint(keyword, UNSAFE_VALUE, f"{node}/{keyword}"))
    step = value.get("multipleOf")
    if is_exact_in_javascript(step) and step > 0:
        result["multipleOf"] = (
            step if not _needs_integer_step(node, step, is_json_schema_2020) else 1
        )
    elif step is not None:
        dropped.append(DroppedConstraint("multipleOf", UNSAFE_VALUE, f"{node}/multipleOf"))
    return result


def _needs_integer_step(node: Node, step: float, is_json_schema_2020: bool) -> bool:  # noqa: FBT001 - private
    return is_json_schema_2020 and node.value.get("type") == "integer" and step != int(step)


def convert_string_keywords(node: Node, dropped: list[DroppedConstraint]) -> Schema:
    """Return the pattern of a string, if all validators interpret it alike. Drop the format."""
    if node.get("format") is not None:
        dropped.append(DroppedConstraint("format", FORMAT_NOT_PORTABLE, f"{node}/format"))
    pattern = node.value.get("pattern")
    if pattern is None:
        return {}
    if not isinstance(pattern, str) or not _is_portable_pattern(pattern):
        dropped.append(DroppedConstraint("pattern", PATTERN_NOT_PORTABLE, f"{node}/pattern"))
        return {}
    return {"pattern": pattern}


def _is_portable_pattern(pattern: str) -> bool:
    if not is_safe_text(pattern) or _PORTABLE_PATTERN.fullmatch(pattern) is None:
        return False
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def convert_count_keywords(node: Node, dropped: list[DroppedConstraint]) -> Schema:
    """Return the bounds of lengths and counts, and `uniqueItems`."""
    result: Schema = {}
    for keyword in [
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
    ]:
        value = node.value.get(keyword)
        if is_exact_in_javascript(value) and value >= 0 and value == int(value):
            result[keyword] = int(value)
        elif value is not None:
            dropped.append(DroppedConstraint(keyword, UNSAFE_VALUE, f"{node}/{keyword}"))
    if node.flag("uniqueItems"):
        result["uniqueItems"] = True
    return result


def add_enum(node: Node, schema: Schema, dropped: list[DroppedConstraint]) -> None:
    """Add the allowed values to `schema`, unless CDK would change them or one is null."""
    child = node.get("enum")
    values = list(child.value) if child and isinstance(child.value, list | tuple) else None
    if values is None and "const" in node.value:
        child = node.get("const")
        values = [node.value["const"]]
    if values is None or child is None:
        return
    if any(value is None for value in values):
        dropped.append(DroppedConstraint("enum", "CDK drops null from it", str(child)))
        schema.pop("type", None)
    elif not all(is_safe_value(value) for value in values):
        dropped.append(DroppedConstraint("enum", UNSAFE_VALUE, str(child)))
    elif not values or not all(has_type(value, schema.get("type")) for value in values):
        dropped.append(DroppedConstraint("enum", INVALID_VALUE, str(child)))
        schema.pop("type", None)
    else:
        different = list({(isinstance(item, bool), item): item for item in values}.values())
        if len(different) < len(values):
            dropped.append(DroppedConstraint("repeated values of enum", REPEATED_VALUE, str(child)))
        schema["enum"] = different


def is_safe_value(value: Any) -> bool:
    """Return whether CDK and CloudFormation keep a value as it is."""
    if isinstance(value, str):
        return is_safe_text(value)
    return isinstance(value, bool) or is_exact_in_javascript(value)


def is_nullable(node: Node) -> bool:
    """Return whether a schema allows null."""
    types = node.value.get("type")
    return (
        node.flag("nullable")
        or node.flag("x-nullable")
        or (isinstance(types, list | tuple) and "null" in types)
    )


def is_null(node: Node) -> bool:
    """Return whether a schema allows only null."""
    if not isinstance(node.value, dict):
        return False
    kind = node.value.get("type")
    return kind in ("null", ["null"]) or node.value.get("enum") == [None]


def allow_null(schema: Schema, pointer: str, dropped: list[DroppedConstraint]) -> Schema:
    """Return the schema without its type, values and reference, so that it also allows null."""
    if "$ref" in schema:
        dropped.append(DroppedConstraint("$ref", NULL_ALLOWED, pointer))
        return {}
    omitted = [keyword for keyword in ("type", "enum") if keyword in schema]
    dropped.extend(DroppedConstraint(keyword, NULL_ALLOWED, pointer) for keyword in omitted)
    return {keyword: value for keyword, value in schema.items() if keyword not in omitted}


def read_strings(node: Node | None) -> list[str]:
    """Return the distinct strings in an array, in order."""
    if node is None:
        return []
    return list(
        dict.fromkeys(
            element.value for element in node.elements() if isinstance(element.value, str)
        )
    )
