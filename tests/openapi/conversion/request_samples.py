"""Request bodies that a document allows, and whether a converted model allows them.

Shares no code with the converter. A body is made at random from the original schema, kept only when
the JSON schema dialect of the document's version accepts it, and then held against the converted
model as API Gateway reads it: draft 4, `nullable` ignored.
"""

from __future__ import annotations

import json
import random
import string
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

import jsonschema
from referencing import Registry
from referencing.jsonschema import DRAFT4, DRAFT202012

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = "urn:document"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch")


class Sample(NamedTuple):
    operation: tuple[str, str]
    media_type: str
    body: Any


def count_rejected_bodies(
    original: Any, converted: Any, operations: Mapping[Any, Any], seed: int = 0, tries: int = 12
) -> tuple[int, list[Sample]]:
    """Return the number of valid bodies, and those that a converted model rejects."""
    before, after = Bodies(original), Bodies(converted)
    generator = Generator(original, random.Random(seed))
    count, rejected = 0, []
    for operation, media_type, schema, required in before.requests():
        method, path = operations[operation]
        model = after.model((method, path), media_type)
        validator = before.validator(schema)
        bodies: list[Any] = [] if required else [{}]
        candidates = (generator.value(schema) for _ in range(tries))
        bodies += [body for body in candidates if _is_valid(validator, body)]
        count += len(bodies)
        if model is None:
            continue
        check = after.validator(model)
        rejected += [
            Sample(operation, media_type, body) for body in bodies if not _is_valid(check, body)
        ]
    return count, rejected


def _is_valid(validator: Any, body: Any) -> bool:
    try:
        return bool(validator.is_valid(body))
    except (jsonschema.exceptions.SchemaError, TypeError, ValueError, KeyError, AttributeError):
        return False
    except Exception as error:  # a reference that leads nowhere, a circle without an end
        if type(error).__name__ in {
            "_WrappedReferencingError",
            "RecursionError",
            "PatternError",
            "error",
        }:
            return False
        raise


def _nullable_type(validator: Any, types: Any, instance: Any, schema: Any) -> Iterator[Any]:
    if instance is None and schema.get("nullable") is True:
        return
    yield from jsonschema.Draft4Validator.VALIDATORS["type"](validator, types, instance, schema)


extend: Any = jsonschema.validators.extend  # its stubs leave it untyped
Dialect30 = extend(jsonschema.Draft4Validator, {"type": _nullable_type})


class Bodies:
    """The JSON request bodies of a document of any version."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.version = str(document.get("openapi", document.get("swagger")))[:3]
        self.dialect = jsonschema.Draft202012Validator if self.version == "3.1" else Dialect30
        specification = DRAFT202012 if self.version == "3.1" else DRAFT4
        resource = specification.create_resource(_without_ids(document))
        self.registry: Any = Registry().with_resource(ROOT, resource)

    def validator(self, schema: Any) -> Any:
        return self.dialect(_absolute(schema), registry=self.registry)

    def requests(self) -> Iterator[tuple[tuple[str, str], str, Any, bool]]:
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if isinstance(item.get(method), dict):
                    for media_type, schema, required in self._bodies(item, item[method]):
                        if "json" in media_type and isinstance(schema, dict):
                            yield (method.upper(), path), media_type, schema, required

    def model(self, operation: tuple[str, str], media_type: str) -> Any:
        method, path = operation
        body = self.document["paths"][path][method.lower()].get("requestBody", {})
        return body.get("content", {}).get(media_type, {}).get("schema")

    def _bodies(self, item: Any, operation: Any) -> Iterator[tuple[str, Any, bool]]:
        if self.version == "2.0":
            media_types = operation.get("consumes", self.document.get("consumes"))
            for declared in [*item.get("parameters", []), *operation.get("parameters", [])]:
                parameter = self.target(declared)
                if parameter and parameter.get("in") == "body":
                    for media_type in media_types or ["application/json"]:
                        yield media_type, parameter.get("schema"), bool(parameter.get("required"))
            return
        body = self.target(operation.get("requestBody", {})) or {}
        for media_type, media in body.get("content", {}).items():
            yield media_type, media.get("schema"), bool(body.get("required"))

    def target(self, value: Any) -> Any:
        return resolved(self.document, value)


def resolved(document: Any, value: Any) -> Any:
    for _ in range(20):
        if not isinstance(value, dict) or not isinstance(value.get("$ref"), str):
            return value
        reference = value["$ref"]
        if not reference.startswith("#/"):
            return None
        value = document
        for step in unquote(reference).split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            value = value.get(name) if isinstance(value, dict) else None
    return None


def _absolute(schema: Any) -> Any:
    """Return a copy whose references start from the document."""
    if isinstance(schema, list):
        return [_absolute(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: ROOT + value
        if name == "$ref" and isinstance(value, str) and value.startswith("#")
        else _absolute(value)
        for name, value in schema.items()
    }


def _without_ids(value: Any) -> Any:
    """Return a copy without `id`s that would change the base of references."""
    if isinstance(value, list):
        return [_without_ids(member) for member in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _without_ids(member)
        for name, member in value.items()
        if not (name in {"id", "$id"} and isinstance(member, str))
    }


class Generator:
    """Random values from a schema: mostly valid, some at the edges, some null."""

    def __init__(self, document: Any, rng: random.Random) -> None:
        self.document = document
        self.rng = rng

    def value(self, schema: Any, depth: int = 0) -> Any:
        declared, schema = schema, resolved(self.document, schema)
        if not isinstance(schema, dict) or depth > 8:
            return self.rng.choice([None, "x", 3, {}])
        if (
            schema.get("nullable") or (isinstance(declared, dict) and declared.get("nullable"))
        ) and (self.rng.random() < 0.3):
            return None
        if "const" in schema:
            return schema["const"]
        if isinstance(schema.get("enum"), list) and schema["enum"]:
            return self.rng.choice(schema["enum"])
        for keyword in ("oneOf", "anyOf"):
            if isinstance(schema.get(keyword), list) and schema[keyword]:
                branch = self.value(self.rng.choice(schema[keyword]), depth + 1)
                remaining = {name: member for name, member in schema.items() if name != keyword}
                return (
                    self._joined([branch, self.value(remaining, depth + 1)])
                    if remaining.get("properties")
                    else branch
                )
        if isinstance(schema.get("allOf"), list):
            remaining = {name: member for name, member in schema.items() if name != "allOf"}
            parts = [self.value(part, depth + 1) for part in schema["allOf"]]
            if remaining.get("properties") or remaining.get("type") == "object":
                parts.append(self.value(remaining, depth + 1))
            return self._joined(parts)
        return self._typed(schema, depth)

    def _joined(self, parts: list[Any]) -> Any:
        if parts and all(isinstance(part, dict) for part in parts):
            return {name: value for part in parts for name, value in part.items()}
        return parts[0] if parts else {}

    def _typed(self, schema: Any, depth: int) -> Any:
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = self.rng.choice(kind) if kind else None
        if kind == "object" or (kind is None and "properties" in schema):
            return self._object(schema, depth)
        if kind == "array" or (kind is None and "items" in schema):
            low = schema.get("minItems") or 0
            count = max(low, self.rng.choice([0, 1, 2]) if depth < 5 else 0)
            return [self.value(schema.get("items", {}), depth + 1) for _ in range(min(count, 5))]
        if kind in {"integer", "number"}:
            return self._number(schema, kind)
        if kind == "boolean":
            return self.rng.random() < 0.5
        if kind == "string":
            return self._string(schema)
        if kind == "null":
            return None
        return self.rng.choice([None, "x", 3, {}, []])

    def _object(self, schema: Any, depth: int) -> Any:
        properties = schema.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        required = schema.get("required")
        required = required if isinstance(required, list) else []
        result = {}
        chance = self.rng.choice([0.0, 0.5, 1.0]) if depth < 4 else 0.0
        for name, child in properties.items():
            end = resolved(self.document, child)
            if isinstance(end, dict) and end.get("readOnly") and self.rng.random() < 0.8:
                continue
            if name in required or self.rng.random() < chance:
                result[name] = self.value(child, depth + 1)
        for name in required:
            end = resolved(self.document, properties.get(name, True))
            if name not in result and not (isinstance(end, dict) and end.get("readOnly")):
                result[name] = "x"
        extra = schema.get("additionalProperties", True)
        if extra is not False and depth < 4 and self.rng.random() < 0.3:
            result["another-one"] = (
                self.value(extra, depth + 1) if isinstance(extra, dict) else None
            )
        return result

    def _number(self, schema: Any, kind: str) -> Any:
        low, high = schema.get("minimum"), schema.get("maximum")
        bounds = [
            bound for bound in (low, high, schema.get("exclusiveMinimum")) if _is_number(bound)
        ]
        choices = [
            0,
            1,
            7,
            -3,
            *bounds,
            *(bound + 1 for bound in bounds),
            *(bound - 1 for bound in bounds),
        ]
        value = self.rng.choice(choices)
        if kind == "number":
            return value + self.rng.choice([0, 0.5])
        return float(value) if self.rng.random() < 0.1 else value

    def _string(self, schema: Any) -> str:
        low = schema.get("minLength")
        high = schema.get("maxLength")
        low = low if isinstance(low, int) else 0
        high = high if isinstance(high, int) else low + 12
        length = min(self.rng.choice([low, low + 1, high]), 200)
        text = "".join(self.rng.choices(string.ascii_letters + string.digits, k=length))
        examples = {
            "date-time": "2026-01-02T03:04:05",
            "date": "soon",
            "email": "unknown",
            "uri": "//",
        }
        for candidate in (schema.get("example"), schema.get("default")):
            if isinstance(candidate, str) and self.rng.random() < 0.5:
                return candidate
        return str(examples.get(schema.get("format"), text)) if self.rng.random() < 0.5 else text


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def assert_strict_json(document: Any) -> None:
    """Fail if a document is not JSON that every parser accepts."""
    json.dumps(document, allow_nan=False).encode()
