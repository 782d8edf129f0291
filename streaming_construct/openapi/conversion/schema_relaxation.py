"""JSON schemas of any OpenAPI version to models that API Gateway imports: wider, never narrower.

API Gateway reads a model as JSON schema draft 4 and knows no `nullable`
(https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html,
.../api-gateway-known-issues.html). The models made here use a part of draft 4 that means the same
in OpenAPI 3.0: one type, properties, items, enum, bounds, and references to other models. Other
constraints are omitted and reported, so that every valid value stays valid. Only structural
keywords are followed, because a property may be called `$ref`, `example` or `default`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from streaming_construct.openapi.conversion.all_of import Schema, merge_all_of
from streaming_construct.openapi.conversion.cdk_safe_values import (
    cloudformation_function_key,
    is_safe_text,
)
from streaming_construct.openapi.conversion.keywords import (
    UNSAFE_VALUE,
    UNSUPPORTED,
    WRONG,
    DroppedConstraint,
    add_enum,
    convert_count_keywords,
    convert_number_keywords,
    convert_string_keywords,
    convert_type,
    is_null,
    is_nullable,
    texts_of,
    with_null,
)
from streaming_construct.openapi.reader.node import DocumentSet, Node

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPOSITION = "API Gateway's import does not take compositions that refer to models"
CONTRADICTION = "the parts of allOf leave no value that has the type"
UNRESOLVABLE_REFERENCE = "the reference leads nowhere that can be read"
READ_ONLY = "a request does not carry what is read-only"

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
"""Regular expressions without what ECMA 262, Java and Python read differently."""


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
        schema = convert_type(node, losses, fractionless=self.fractionless)
        schema.update(convert_number_keywords(node, losses, numeric_bounds=self.fractionless))
        schema.update(convert_string_keywords(node, losses))
        schema.update(convert_count_keywords(node, losses))
        schema.update(self._array(node, schema, losses))
        schema.update(self._object(node, losses))
        add_enum(node, schema, losses)
        schema = self._composed(node, schema, losses)
        if is_nullable(node):
            schema = with_null(schema, str(node), losses)
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
        """Return a schema with a reference at its root replaced; a circular one allows any value.

        The constraints that models on the way dropped are added to `losses`.
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
        if is_nullable(node):
            return with_null(schema, str(node), losses)
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
        names = texts_of(node.get("required"))
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
        parts = [self.relax(element, losses) for element in child.elements()]
        lone = [part for part in parts if part]
        if not schema and len(lone) == 1:
            return dict(lone[0])
        if any("$ref" in part for part in parts):
            losses.append(DroppedConstraint("allOf", "written out: " + COMPOSITION, str(child)))
        constraints = [self.inline_root_reference(part, losses) for part in (schema, *parts)]
        merged = merge_all_of(constraints)
        losses.extend(
            DroppedConstraint(keyword, CONTRADICTION, str(child))
            for keyword in ("type", "enum")
            if keyword not in merged and any(keyword in part for part in constraints)
        )
        return merged

    def _common_type(self, child: Node, keyword: str, losses: list[DroppedConstraint]) -> Schema:
        """Return the schema of a single alternative, or the common type of several."""
        alternatives = list(child.elements())
        branches = [branch for branch in alternatives if not is_null(branch)]
        inner: list[DroppedConstraint] = []
        widened = [self.relax(branch, inner) for branch in branches]
        if len(widened) == 1:
            losses.extend(inner)
            only = widened[0]
            return with_null(only, str(child), losses) if len(alternatives) > 1 else dict(only)
        losses.append(DroppedConstraint(keyword, COMPOSITION, str(child)))
        types = {self.inline_root_reference(branch).get("type") for branch in widened}
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
