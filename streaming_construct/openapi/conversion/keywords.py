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
NULL = "API Gateway ignores nullable: without its type the value may still be null"
UNSUPPORTED = "API Gateway's models have no such keyword"
WRONG = "not what OpenAPI allows there, so nothing it could mean is refused"
UNSAFE_VALUE = "CDK or CloudFormation would change it on its way"
FORMAT = "a validator of draft 4 may refuse values that OpenAPI allows"
REPEATED = "a model's enum must not repeat a value"
REGEX = "regular expressions of this kind mean different things to different validators"

SCHEMA_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_PLAIN_PATTERN = re.compile(
    r"""(?: [^\\(\[{*+?]                               # itself
          | \\ (?: [dDwWsSbBnrtf] | [^A-Za-z0-9] )     # a class, or a character taken literally
          | \( (?! \? ) | \( \? [:=!]                  # groups without names and flags
          | \[ \^? (?: [^\\\[\]&] | \\ (?: [dDwWsSnrtf] | [^A-Za-z0-9] ) )+ \]
          | (?: [*+?] | \{ \d+ (?: , \d* )? \} ) \??    # how often
        )*""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class DroppedConstraint:
    """A constraint of a document that the model does not have."""

    what: str
    why: str
    pointer: str


def convert_type(node: Node, losses: list[DroppedConstraint], *, fractionless: bool) -> Schema:
    """The one type of a schema; OpenAPI 3.1 may list several, of which none is kept."""
    value = node.value.get("type")
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if value is None:
        return {}
    if isinstance(value, str) and value in SCHEMA_TYPES:
        if value == "integer" and fractionless:
            return {"type": "number", "multipleOf": 1}
        return {"type": value}
    if isinstance(value, list | tuple):
        why = NULL if "null" in value and len(value) == 2 else UNSUPPORTED
        losses.append(DroppedConstraint("type", why, f"{node}/type"))
    else:
        losses.append(DroppedConstraint(f"type {value}", WRONG, f"{node}/type"))
    return {}


def convert_number_keywords(
    node: Node, losses: list[DroppedConstraint], *, numeric_bounds: bool
) -> Schema:
    """Bounds and steps of numbers; an exclusive bound becomes an inclusive one."""
    result: Schema = {}
    value = node.value
    for keyword, exclusive, stricter in (
        ("minimum", "exclusiveMinimum", max),
        ("maximum", "exclusiveMaximum", min),
    ):
        bounds = [value.get(keyword), value.get(exclusive) if numeric_bounds else None]
        known = [bound for bound in bounds if is_exact_in_javascript(bound)]
        if known:
            result[keyword] = stricter(known)
        if value.get(exclusive) is not None and value[exclusive] is not False:
            losses.append(DroppedConstraint(exclusive, UNSUPPORTED, f"{node}/{exclusive}"))
        if value.get(keyword) is not None and not is_exact_in_javascript(value[keyword]):
            losses.append(DroppedConstraint(keyword, UNSAFE_VALUE, f"{node}/{keyword}"))
    step = value.get("multipleOf")
    if is_exact_in_javascript(step) and step > 0:
        result["multipleOf"] = step if not _needs_whole(node, step, numeric_bounds) else 1
    elif step is not None:
        losses.append(DroppedConstraint("multipleOf", UNSAFE_VALUE, f"{node}/multipleOf"))
    return result


def _needs_whole(node: Node, step: float, fractionless: bool) -> bool:  # noqa: FBT001 - private
    return fractionless and node.value.get("type") == "integer" and step != int(step)


def convert_string_keywords(node: Node, losses: list[DroppedConstraint]) -> Schema:
    """The pattern of a text, where every validator reads it alike; no format."""
    if node.get("format") is not None:
        losses.append(DroppedConstraint("format", FORMAT, f"{node}/format"))
    pattern = node.value.get("pattern")
    if pattern is None:
        return {}
    if not isinstance(pattern, str) or not _is_plain(pattern):
        losses.append(DroppedConstraint("pattern", REGEX, f"{node}/pattern"))
        return {}
    return {"pattern": pattern}


def _is_plain(pattern: str) -> bool:
    if not is_safe_text(pattern) or _PLAIN_PATTERN.fullmatch(pattern) is None:
        return False
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def convert_count_keywords(node: Node, losses: list[DroppedConstraint]) -> Schema:
    """How long, how many, and whether all different."""
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
            losses.append(DroppedConstraint(keyword, UNSAFE_VALUE, f"{node}/{keyword}"))
    if node.flag("uniqueItems"):
        result["uniqueItems"] = True
    return result


def add_enum(node: Node, schema: Schema, losses: list[DroppedConstraint]) -> None:
    """The allowed values, unless they could change on their way or hold null."""
    child = node.get("enum")
    values = list(child.value) if child and isinstance(child.value, list | tuple) else None
    if values is None and "const" in node.value:
        child = node.get("const")
        values = [node.value["const"]]
    if values is None or child is None:
        return
    if any(value is None for value in values):
        losses.append(DroppedConstraint("enum", "CDK drops null from it", str(child)))
        schema.pop("type", None)
    elif not all(is_plain_value(value) for value in values):
        losses.append(DroppedConstraint("enum", UNSAFE_VALUE, str(child)))
    elif not values or not all(has_type(value, schema.get("type")) for value in values):
        losses.append(DroppedConstraint("enum", WRONG, str(child)))
        schema.pop("type", None)
    else:
        different = list({(isinstance(item, bool), item): item for item in values}.values())
        if len(different) < len(values):
            losses.append(DroppedConstraint("repeated values of enum", REPEATED, str(child)))
        schema["enum"] = different


def is_plain_value(value: Any) -> bool:
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
    """Whether a schema allows null and nothing else."""
    if not isinstance(node.value, dict):
        return False
    kind = node.value.get("type")
    return kind in ("null", ["null"]) or node.value.get("enum") == [None]


def with_null(schema: Schema, pointer: str, losses: list[DroppedConstraint]) -> Schema:
    """A schema that also allows null: one that names no type, no values and no model."""
    if "$ref" in schema:
        losses.append(DroppedConstraint("$ref", NULL, pointer))
        return {}
    lost = [keyword for keyword in ("type", "enum") if keyword in schema]
    losses.extend(DroppedConstraint(keyword, NULL, pointer) for keyword in lost)
    return {keyword: value for keyword, value in schema.items() if keyword not in lost}


def texts_of(node: Node | None) -> list[str]:
    """Return the distinct strings in an array, in order."""
    if node is None:
        return []
    return list(
        dict.fromkeys(
            element.value for element in node.elements() if isinstance(element.value, str)
        )
    )
