"""JSON schemas of any OpenAPI version to models that API Gateway imports: wider, never narrower.

API Gateway reads a model as JSON schema draft 4 and knows no `nullable`
(https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html,
.../api-gateway-known-issues.html). The models made here use a part of draft 4 that means the same
in OpenAPI 3.0: one type, properties, items, enum, bounds, and references to other models. What a
schema says beyond that is left out, so that every value it allows stays allowed; each such loss is
noted. Schemas are walked by their structural keywords alone: a property may well be called `$ref`,
`example` or `default`.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from streaming_construct.openapi.conversion.all_of import Schema, has_type, merge_all_of
from streaming_construct.openapi.conversion.cdk_safe_values import (
    cloudformation_function_key,
    is_exact_in_javascript,
    is_safe_text,
)
from streaming_construct.openapi.reader.node import DocumentSet, Node

if TYPE_CHECKING:
    from collections.abc import Iterator

NULL = "API Gateway ignores nullable: without its type the value may still be null"
UNSUPPORTED = "API Gateway's models have no such keyword"
COMPOSITION = "API Gateway's import does not take compositions that refer to models"
WRONG = "not what OpenAPI allows there, so nothing it could mean is refused"
CONTRADICTION = "the parts of allOf leave no value that has the type"
UNSAFE_VALUE = "CDK or CloudFormation would change it on its way"
UNRESOLVABLE_REFERENCE = "the reference leads nowhere that can be read"
FORMAT = "a validator of draft 4 may refuse values that OpenAPI allows"
READ_ONLY = "a request does not carry what is read-only"
REPEATED = "a model's enum must not repeat a value"
REGEX = "regular expressions of this kind mean different things to different validators"

_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_COMPOSITIONS = ("oneOf", "anyOf", "allOf", "not")
_ANNOTATIONS = frozenset(
    [
        "$comment",
        "$schema",
        "contentEncoding",
        "contentMediaType",
        "default",
        "deprecated",
        "description",
        "discriminator",
        "example",
        "examples",
        "externalDocs",
        "title",
        "writeOnly",
        "xml",
    ]
)
_READ_HERE = frozenset(
    [
        "type",
        "nullable",
        "x-nullable",
        "readOnly",
        "format",
        "enum",
        "const",
        "multipleOf",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "minLength",
        "maxLength",
        "pattern",
        "items",
        "prefixItems",
        "additionalItems",
        "minItems",
        "maxItems",
        "uniqueItems",
        "properties",
        "required",
        "additionalProperties",
        "patternProperties",
        "unevaluatedItems",
        "minProperties",
        "maxProperties",
        "oneOf",
        "anyOf",
        "allOf",
        "not",
    ]
)
_PLAIN_PATTERN = re.compile(
    r"""(?: [^\\(\[{*+?]                               # itself
          | \\ (?: [dDwWsSbBnrtf] | [^A-Za-z0-9] )     # a class, or a character taken literally
          | \( (?! \? ) | \( \? [:=!]                  # groups without names and flags
          | \[ \^? (?: [^\\\[\]&] | \\ (?: [dDwWsSnrtf] | [^A-Za-z0-9] ) )+ \]
          | (?: [*+?] | \{ \d+ (?: , \d* )? \} ) \??    # how often
        )*""",
    re.VERBOSE,
)
"""Regular expressions without what ECMA 262, Java and Python read differently."""


@dataclass(frozen=True, slots=True)
class DroppedConstraint:
    """Something that a model does not say any more."""

    what: str
    why: str
    pointer: str


@dataclass
class Model:
    """A schema that references name: `schema` is `None` while it is being made."""

    node: Node
    schema: Schema | None = None
    losses: list[DroppedConstraint] = field(default_factory=list)


class SchemaRelaxer:
    """Makes models; each schema that references name is made once.

    In the schemas it gives, a reference holds the place of its model (`str(node)`), and a property
    that is read-only keeps that mark: naming and unmarking is left to `models`.

    Args:
        library: The document with its files.
        fractionless: Whether 1.0 is an integer, as in OpenAPI 3.1 (JSON schema 2020-12) and not in
            3.0 and 2.0 (nor in draft 4).
    """

    def __init__(self, library: DocumentSet, *, fractionless: bool) -> None:
        self.library = library
        self.fractionless = fractionless
        self.targets: dict[str, Node] = {}
        self.models: dict[str, Model] = {}
        self.annotations: Counter[str] = Counter()

    def relax(self, node: Node, losses: list[DroppedConstraint]) -> Schema:
        """The schema at a node, as a model may have it; what it loses is added to `losses`."""
        if not isinstance(node.value, dict):
            if node.value is not True:
                losses.append(DroppedConstraint("a schema that is no object", WRONG, str(node)))
            return {}
        if node.reference is not None:
            return self._reference(node, losses)
        schema = _typed(node, losses, fractionless=self.fractionless)
        schema.update(_numbers(node, losses, numeric_bounds=self.fractionless))
        schema.update(_texts(node, losses))
        schema.update(_counts(node, losses))
        schema.update(self._array(node, schema, losses))
        schema.update(self._object(node, losses))
        _add_enum(node, schema, losses)
        schema = self._composed(node, schema, losses)
        if _is_nullable(node):
            schema = _with_null(schema, str(node), losses)
        if node.flag("readOnly"):
            schema["readOnly"] = True
        self._note_others(node, losses)
        return self._without_read_only(schema, node, losses)

    def model_for(self, key: str) -> Model:
        """The model that references name by that place; made when first asked for."""
        model = self.models.get(key)
        if model is None:
            model = self.models[key] = Model(self.targets[key])
            model.schema = self.relax(model.node, model.losses)
        return model

    def inline_root_reference(
        self, schema: Schema, losses: list[DroppedConstraint] | None = None
    ) -> Schema:
        """A schema with a reference at its root replaced; a circular one allows anything.

        What the models in between lost is added to `losses`.
        """
        passed = set()
        while "$ref" in schema:
            if schema["$ref"] in passed:
                return {}
            passed.add(schema["$ref"])
            model = self.model_for(schema["$ref"])
            if losses is not None:
                losses.extend(model.losses)
            schema = model.schema or {}
        return schema

    def _reference(self, node: Node, losses: list[DroppedConstraint]) -> Schema:
        target = self.library.resolve(node)
        if target is None:
            losses.append(
                DroppedConstraint(f"$ref {node.reference}", UNRESOLVABLE_REFERENCE, str(node))
            )
            return {}
        self.targets[str(target)] = target
        schema: Schema = {"$ref": str(target)}
        meaningful = [name for name in node.names() if name in _READ_HERE and name != "readOnly"]
        if _is_nullable(node):
            return _with_null(schema, str(node), losses)
        if meaningful and self.fractionless:
            rest = {name: value for name, value in node.value.items() if name != "$ref"}
            beside = self.relax(Node(rest, node.file, node.pointer), losses)
            schema = merge_all_of(
                [
                    self.inline_root_reference(schema, losses),
                    self.inline_root_reference(beside, losses),
                ]
            )
        return {**schema, "readOnly": True} if node.flag("readOnly") else schema

    def _array(self, node: Node, schema: Schema, losses: list[DroppedConstraint]) -> Schema:
        items = node.get("items")
        losses.extend(
            DroppedConstraint(keyword, UNSUPPORTED, f"{node}/{keyword}")
            for keyword in ("prefixItems", "additionalItems", "unevaluatedItems")
            if node.get(keyword) is not None
        )
        if items is None or node.get("prefixItems") is not None:
            return {"items": {}} if schema.get("type") == "array" else {}
        return {"items": self.relax(items, losses)}

    def _object(self, node: Node, losses: list[DroppedConstraint]) -> Schema:
        result: Schema = {}
        members = node.get("properties")
        kept = {
            name: self.relax(child, losses) for name, child in (members.items() if members else ())
        }
        safe = {name: child for name, child in kept.items() if is_safe_text(name)}
        if cloudformation_function_key(safe):
            safe = {}
        lost = [name for name in kept if name not in safe]
        losses.extend(
            DroppedConstraint(f"property {name}", UNSAFE_VALUE, f"{node}/properties")
            for name in lost
        )
        if safe:
            result["properties"] = safe
        names = _texts_of(node.get("required"))
        if names:
            result["required"] = [name for name in names if is_safe_text(name)]
        elif node.get("required") is not None and node.value["required"] != []:
            losses.append(DroppedConstraint("required", WRONG, f"{node}/required"))
        known = not lost and node.get("patternProperties") is None
        result.update(self._additional(node, losses, all_known=known))
        return result

    def _additional(
        self, node: Node, losses: list[DroppedConstraint], *, all_known: bool
    ) -> Schema:
        if node.get("patternProperties") is not None:
            losses.append(
                DroppedConstraint("patternProperties", UNSUPPORTED, f"{node}/patternProperties")
            )
        child = node.get("additionalProperties")
        if child is None or child.value is True:
            return {}
        if not all_known:
            losses.append(
                DroppedConstraint(
                    "additionalProperties", "some properties left its schema", str(child)
                )
            )
            return {}
        if child.value is False:
            return {"additionalProperties": False}
        schema = self.relax(child, losses)
        return {"additionalProperties": schema} if schema else {}

    def _composed(self, node: Node, schema: Schema, losses: list[DroppedConstraint]) -> Schema:
        for keyword in ("oneOf", "anyOf"):
            child = node.get(keyword)
            if child is not None:
                hull = self._common_type(child, keyword, losses)
                schema = (
                    merge_all_of([schema, self.inline_root_reference(hull, losses)])
                    if schema
                    else hull
                )
        if node.get("not") is not None:
            losses.append(DroppedConstraint("not", COMPOSITION, f"{node}/not"))
        child = node.get("allOf")
        if child is None:
            return schema
        parts = [self.relax(each, losses) for each in child.elements()]
        lone = [part for part in parts if part]
        if not schema and len(lone) == 1:
            return dict(lone[0])
        if any("$ref" in part for part in parts):
            losses.append(DroppedConstraint("allOf", "written out: " + COMPOSITION, str(child)))
        said = [self.inline_root_reference(part, losses) for part in (schema, *parts)]
        together = merge_all_of(said)
        losses.extend(
            DroppedConstraint(keyword, CONTRADICTION, str(child))
            for keyword in ("type", "enum")
            if keyword not in together and any(keyword in part for part in said)
        )
        return together

    def _common_type(self, child: Node, keyword: str, losses: list[DroppedConstraint]) -> Schema:
        """What every alternative has in common: all of the one there is, else at most a type."""
        alternatives = list(child.elements())
        branches = [each for each in alternatives if not _is_null(each)]
        inner: list[DroppedConstraint] = []
        widened = [self.relax(each, inner) for each in branches]
        if len(widened) == 1:
            losses.extend(inner)
            only = widened[0]
            return _with_null(only, str(child), losses) if len(alternatives) > 1 else dict(only)
        losses.append(DroppedConstraint(keyword, COMPOSITION, str(child)))
        types = {self.inline_root_reference(each).get("type") for each in widened}
        if len(branches) < len(alternatives) or None in types:
            return {}
        if types == {"integer", "number"}:
            return {"type": "number"}
        hull: Schema = {"type": types.pop()} if len(types) == 1 else {}
        return {**hull, "items": {}} if hull.get("type") == "array" else hull

    def _without_read_only(
        self, schema: Schema, node: Node, losses: list[DroppedConstraint]
    ) -> Schema:
        names = schema.get("required")
        if not names:
            schema.pop("required", None)
            return schema
        properties = schema.get("properties", {})
        kept = [name for name in names if not self._is_read_only(properties.get(name, {}))]
        losses.extend(
            DroppedConstraint(f"required: {name}", READ_ONLY, f"{node}/properties")
            for name in names
            if name not in kept
        )
        rest = {keyword: value for keyword, value in schema.items() if keyword != "required"}
        return {**rest, "required": kept} if kept else rest

    def _is_read_only(self, schema: Schema) -> bool:
        if schema.get("readOnly"):
            return True
        target = self.targets[schema["$ref"]] if "$ref" in schema else None
        return target is not None and target.flag("readOnly")

    def _note_others(self, node: Node, losses: list[DroppedConstraint]) -> None:
        for name in node.value:
            if name in _READ_HERE:
                continue
            if name in _ANNOTATIONS or str(name).startswith("x-"):
                self.annotations[str(name)] += 1
            else:
                losses.append(DroppedConstraint(str(name), UNSUPPORTED, f"{node}/{name}"))


def _typed(node: Node, losses: list[DroppedConstraint], *, fractionless: bool) -> Schema:
    """The one type of a schema; OpenAPI 3.1 may list several, of which none is kept."""
    value = node.value.get("type")
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if value is None:
        return {}
    if isinstance(value, str) and value in _TYPES:
        if value == "integer" and fractionless:
            return {"type": "number", "multipleOf": 1}
        return {"type": value}
    if isinstance(value, list | tuple):
        why = NULL if "null" in value and len(value) == 2 else UNSUPPORTED
        losses.append(DroppedConstraint("type", why, f"{node}/type"))
    else:
        losses.append(DroppedConstraint(f"type {value}", WRONG, f"{node}/type"))
    return {}


def _numbers(node: Node, losses: list[DroppedConstraint], *, numeric_bounds: bool) -> Schema:
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


def _texts(node: Node, losses: list[DroppedConstraint]) -> Schema:
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


def _counts(node: Node, losses: list[DroppedConstraint]) -> Schema:
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


def _add_enum(node: Node, schema: Schema, losses: list[DroppedConstraint]) -> None:
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
    elif not all(_is_plain_value(value) for value in values):
        losses.append(DroppedConstraint("enum", UNSAFE_VALUE, str(child)))
    elif not values or not all(has_type(value, schema.get("type")) for value in values):
        losses.append(DroppedConstraint("enum", WRONG, str(child)))
        schema.pop("type", None)
    else:
        different = list({(isinstance(each, bool), each): each for each in values}.values())
        if len(different) < len(values):
            losses.append(DroppedConstraint("repeated values of enum", REPEATED, str(child)))
        schema["enum"] = different


def _is_plain_value(value: Any) -> bool:
    if isinstance(value, str):
        return is_safe_text(value)
    return isinstance(value, bool) or is_exact_in_javascript(value)


def _is_nullable(node: Node) -> bool:
    types = node.value.get("type")
    return (
        node.flag("nullable")
        or node.flag("x-nullable")
        or (isinstance(types, list | tuple) and "null" in types)
    )


def _is_null(node: Node) -> bool:
    """Whether a schema allows null and nothing else."""
    if not isinstance(node.value, dict):
        return False
    kind = node.value.get("type")
    return kind in ("null", ["null"]) or node.value.get("enum") == [None]


def _with_null(schema: Schema, pointer: str, losses: list[DroppedConstraint]) -> Schema:
    """A schema that also allows null: one that names no type, no values and no model."""
    if "$ref" in schema:
        losses.append(DroppedConstraint("$ref", NULL, pointer))
        return {}
    lost = [keyword for keyword in ("type", "enum") if keyword in schema]
    losses.extend(DroppedConstraint(keyword, NULL, pointer) for keyword in lost)
    return {keyword: value for keyword, value in schema.items() if keyword not in lost}


def _texts_of(node: Node | None) -> list[str]:
    if node is None:
        return []
    return list(
        dict.fromkeys(each.value for each in node.elements() if isinstance(each.value, str))
    )


def references(schema: Any) -> Iterator[str]:
    """The models that a schema made here refers to, by their places."""
    if not isinstance(schema, dict):
        return
    if "$ref" in schema:
        yield schema["$ref"]
    yield from references(schema.get("items"))
    yield from references(schema.get("additionalProperties"))
    for child in schema.get("properties", {}).values():
        yield from references(child)
