"""Convert JSON schemas of any OpenAPI version to models that API Gateway imports.

API Gateway reads a model as JSON schema draft 4 and knows no `nullable`
(https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html,
.../api-gateway-known-issues.html). The models made here use a part of draft 4 that means the same
in OpenAPI 3.0. They have one type, properties, items, enum, bounds, and references to other models.
Other constraints are omitted and reported, so that every valid value stays valid. The relaxer
follows only structural keywords, because a property may have the name `$ref`, `example` or
`default`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from streaming_construct.openapi.conversion.all_of import Schema, merge_all_of
from streaming_construct.openapi.conversion.cdk_safe_values import (
    find_intrinsic_function_key,
    is_safe_text,
)
from streaming_construct.openapi.conversion.keywords import (
    INVALID_VALUE,
    UNSAFE_VALUE,
    UNSUPPORTED_KEYWORD,
    DroppedConstraint,
    add_enum,
    allow_null,
    convert_count_keywords,
    convert_number_keywords,
    convert_string_keywords,
    convert_type,
    is_null,
    is_nullable,
    read_strings,
)
from streaming_construct.openapi.reader.node import DocumentSet, Node

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPOSITION = "API Gateway's import does not accept compositions that refer to models"
CONTRADICTION = "the parts of allOf leave no value that has the type"
UNRESOLVABLE_REFERENCE = "the reference has no readable target"
READ_ONLY = "a request does not contain read-only properties"

_COMPOSITION_KEYWORDS = ("oneOf", "anyOf", "allOf", "not")
_ANNOTATION_KEYWORDS = frozenset(
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
_HANDLED_KEYWORDS = frozenset(
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


@dataclass
class Model:
    """A schema that references point to. `schema` is `None` during its conversion."""

    node: Node
    schema: Schema | None = None
    dropped: list[DroppedConstraint] = field(default_factory=list)


class SchemaRelaxer:
    """Converts schemas to models, each referenced schema once.

    In its schemas, a reference holds the location of its model (`str(node)`), and a read-only
    property has the member `readOnly`. `model_names` names the models and removes the member.

    Args:
        documents: The document with its files.
        is_json_schema_2020: Whether the schemas follow JSON Schema 2020-12, as in OpenAPI 3.1. It
            accepts 1.0 as an integer, unlike 3.0, 2.0 and draft 4.
    """

    def __init__(self, documents: DocumentSet, *, is_json_schema_2020: bool) -> None:
        self.documents = documents
        self.is_json_schema_2020 = is_json_schema_2020
        self.targets: dict[str, Node] = {}
        self.models: dict[str, Model] = {}
        self.annotations: Counter[str] = Counter()

    def relax(self, node: Node, dropped: list[DroppedConstraint]) -> Schema:
        """Return the schema of a node as a model can have it. Add what it loses to `dropped`."""
        if not isinstance(node.value, dict):
            if node.value is not True:
                dropped.append(
                    DroppedConstraint("a schema that is not an object", INVALID_VALUE, str(node))
                )
            return {}
        if node.reference is not None:
            return self._relax_reference(node, dropped)
        schema = convert_type(node, dropped, is_json_schema_2020=self.is_json_schema_2020)
        schema.update(
            convert_number_keywords(node, dropped, is_json_schema_2020=self.is_json_schema_2020)
        )
        schema.update(convert_string_keywords(node, dropped))
        schema.update(convert_count_keywords(node, dropped))
        schema.update(self._relax_array(node, schema, dropped))
        schema.update(self._relax_object(node, dropped))
        add_enum(node, schema, dropped)
        schema = self._relax_composition(node, schema, dropped)
        if is_nullable(node):
            schema = allow_null(schema, str(node), dropped)
        if node.flag("readOnly"):
            schema["readOnly"] = True
        self._record_other_keywords(node, dropped)
        return self._omit_read_only_requirements(schema, node, dropped)

    def get_model(self, key: str) -> Model:
        """Return the model at a location. The first call converts it."""
        model = self.models.get(key)
        if model is None:
            model = self.models[key] = Model(self.targets[key])
            model.schema = self.relax(model.node, model.dropped)
        return model

    def inline_root_reference(
        self, schema: Schema, dropped: list[DroppedConstraint] | None = None
    ) -> Schema:
        """Return the schema that a reference at its root points to.

        A circular reference allows any value. The constraints that the models on the way lost are
        added to `dropped`.
        """
        passed = set()
        while "$ref" in schema:
            if schema["$ref"] in passed:
                return {}
            passed.add(schema["$ref"])
            model = self.get_model(schema["$ref"])
            if dropped is not None:
                dropped.extend(model.dropped)
            schema = model.schema or {}
        return schema

    def _relax_reference(self, node: Node, dropped: list[DroppedConstraint]) -> Schema:
        target = self.documents.resolve(node)
        if target is None:
            dropped.append(
                DroppedConstraint(f"$ref {node.reference}", UNRESOLVABLE_REFERENCE, str(node))
            )
            return {}
        self.targets[str(target)] = target
        schema: Schema = {"$ref": str(target)}
        meaningful = [
            name for name in node.names() if name in _HANDLED_KEYWORDS and name != "readOnly"
        ]
        if is_nullable(node):
            return allow_null(schema, str(node), dropped)
        if meaningful and self.is_json_schema_2020:
            sibling_keywords = {name: value for name, value in node.value.items() if name != "$ref"}
            siblings = self.relax(Node(sibling_keywords, node.file, node.pointer), dropped)
            schema = merge_all_of(
                [
                    self.inline_root_reference(schema, dropped),
                    self.inline_root_reference(siblings, dropped),
                ]
            )
        return {**schema, "readOnly": True} if node.flag("readOnly") else schema

    def _relax_array(self, node: Node, schema: Schema, dropped: list[DroppedConstraint]) -> Schema:
        items = node.get("items")
        dropped.extend(
            DroppedConstraint(keyword, UNSUPPORTED_KEYWORD, f"{node}/{keyword}")
            for keyword in ("prefixItems", "additionalItems", "unevaluatedItems")
            if node.get(keyword) is not None
        )
        if items is None or node.get("prefixItems") is not None:
            return {"items": {}} if schema.get("type") == "array" else {}
        return {"items": self.relax(items, dropped)}

    def _relax_object(self, node: Node, dropped: list[DroppedConstraint]) -> Schema:
        result: Schema = {}
        members = node.get("properties")
        retained = {
            name: self.relax(child, dropped) for name, child in (members.items() if members else ())
        }
        safe = {name: child for name, child in retained.items() if is_safe_text(name)}
        if find_intrinsic_function_key(safe):
            safe = {}
        omitted = [name for name in retained if name not in safe]
        dropped.extend(
            DroppedConstraint(f"property {name}", UNSAFE_VALUE, f"{node}/properties")
            for name in omitted
        )
        if safe:
            result["properties"] = safe
        names = read_strings(node.get("required"))
        if names:
            result["required"] = [name for name in names if is_safe_text(name)]
        elif node.get("required") is not None and node.value["required"] != []:
            dropped.append(DroppedConstraint("required", INVALID_VALUE, f"{node}/required"))
        is_complete = not omitted and node.get("patternProperties") is None
        result.update(self._relax_additional_properties(node, dropped, all_known=is_complete))
        return result

    def _relax_additional_properties(
        self, node: Node, dropped: list[DroppedConstraint], *, all_known: bool
    ) -> Schema:
        if node.get("patternProperties") is not None:
            dropped.append(
                DroppedConstraint(
                    "patternProperties", UNSUPPORTED_KEYWORD, f"{node}/patternProperties"
                )
            )
        child = node.get("additionalProperties")
        if child is None or child.value is True:
            return {}
        if not all_known:
            dropped.append(
                DroppedConstraint(
                    "additionalProperties", "some properties were omitted", str(child)
                )
            )
            return {}
        if child.value is False:
            return {"additionalProperties": False}
        schema = self.relax(child, dropped)
        return {"additionalProperties": schema} if schema else {}

    def _relax_composition(
        self, node: Node, schema: Schema, dropped: list[DroppedConstraint]
    ) -> Schema:
        for keyword in ("oneOf", "anyOf"):
            child = node.get(keyword)
            if child is not None:
                common = self._find_common_type(child, keyword, dropped)
                schema = (
                    merge_all_of([schema, self.inline_root_reference(common, dropped)])
                    if schema
                    else common
                )
        if node.get("not") is not None:
            dropped.append(DroppedConstraint("not", COMPOSITION, f"{node}/not"))
        child = node.get("allOf")
        if child is None:
            return schema
        parts = [self.relax(element, dropped) for element in child.elements()]
        non_empty = [part for part in parts if part]
        if not schema and len(non_empty) == 1:
            return dict(non_empty[0])
        if any("$ref" in part for part in parts):
            dropped.append(DroppedConstraint("allOf", "merged: " + COMPOSITION, str(child)))
        constraints = [self.inline_root_reference(part, dropped) for part in (schema, *parts)]
        merged = merge_all_of(constraints)
        dropped.extend(
            DroppedConstraint(keyword, CONTRADICTION, str(child))
            for keyword in ("type", "enum")
            if keyword not in merged and any(keyword in part for part in constraints)
        )
        return merged

    def _find_common_type(
        self, child: Node, keyword: str, dropped: list[DroppedConstraint]
    ) -> Schema:
        """Return the schema of a single alternative, or the common type of several."""
        alternatives = list(child.elements())
        branches = [branch for branch in alternatives if not is_null(branch)]
        inner: list[DroppedConstraint] = []
        widened = [self.relax(branch, inner) for branch in branches]
        if len(widened) == 1:
            dropped.extend(inner)
            only = widened[0]
            return allow_null(only, str(child), dropped) if len(alternatives) > 1 else dict(only)
        dropped.append(DroppedConstraint(keyword, COMPOSITION, str(child)))
        types = {self.inline_root_reference(branch).get("type") for branch in widened}
        if len(branches) < len(alternatives) or None in types:
            return {}
        if types == {"integer", "number"}:
            return {"type": "number"}
        common: Schema = {"type": types.pop()} if len(types) == 1 else {}
        return {**common, "items": {}} if common.get("type") == "array" else common

    def _omit_read_only_requirements(
        self, schema: Schema, node: Node, dropped: list[DroppedConstraint]
    ) -> Schema:
        names = schema.get("required")
        if not names:
            schema.pop("required", None)
            return schema
        properties = schema.get("properties", {})
        retained = [name for name in names if not self._is_read_only(properties.get(name, {}))]
        dropped.extend(
            DroppedConstraint(f"required: {name}", READ_ONLY, f"{node}/properties")
            for name in names
            if name not in retained
        )
        result = {keyword: value for keyword, value in schema.items() if keyword != "required"}
        return {**result, "required": retained} if retained else result

    def _is_read_only(self, schema: Schema) -> bool:
        if schema.get("readOnly"):
            return True
        target = self.targets[schema["$ref"]] if "$ref" in schema else None
        return target is not None and target.flag("readOnly")

    def _record_other_keywords(self, node: Node, dropped: list[DroppedConstraint]) -> None:
        for name in node.value:
            if name in _HANDLED_KEYWORDS:
                continue
            if name in _ANNOTATION_KEYWORDS or str(name).startswith("x-"):
                self.annotations[str(name)] += 1
            else:
                dropped.append(DroppedConstraint(str(name), UNSUPPORTED_KEYWORD, f"{node}/{name}"))


def find_references(schema: Any) -> Iterator[str]:
    """Yield the locations of the models that a relaxed schema refers to."""
    if not isinstance(schema, dict):
        return
    if "$ref" in schema:
        yield schema["$ref"]
    yield from find_references(schema.get("items"))
    yield from find_references(schema.get("additionalProperties"))
    for child in schema.get("properties", {}).values():
        yield from find_references(child)
