"""Name the models that bodies use.

A model's name is alphanumeric ("Model name must be alphanumeric" is the error of the import) and
unique, even if case is ignored.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from streaming_construct.aws.limits import MODEL_MAX_BYTES
from streaming_construct.documents.positions import split_pointer
from streaming_construct.openapi.conversion.schema_relaxation import SchemaRelaxer, find_references

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from streaming_construct.openapi.conversion.all_of import Schema


@dataclass(frozen=True)
class NamedModels:
    """The models that bodies use.

    Attributes:
        names: The names, by location.
        schemas: The schemas, by name.
        too_large: The sizes of the omitted models in bytes, by location.
    """

    names: Mapping[str, str]
    schemas: Mapping[str, Schema]
    too_large: Mapping[str, int]

    def rewrite_references(self, schema: Schema) -> Schema:
        """Return a schema that refers to models by name, without its `readOnly` members."""
        return _rewrite_references(schema, self.names)


def find_reachable_models(relaxer: SchemaRelaxer, schemas: Iterable[Schema]) -> list[str]:
    """Return the locations of the models that schemas use, directly or through other models."""
    pending = [location for schema in schemas for location in find_references(schema)]
    reachable = set(pending)
    pending = list(dict.fromkeys(pending))
    for location in pending:
        for other in find_references(relaxer.get_model(location).schema):
            if other not in reachable:
                reachable.add(other)
                pending.append(other)
    return pending


def name_models(relaxer: SchemaRelaxer, locations: Iterable[str]) -> NamedModels:
    """Name the models at these locations, in order.

    An alias of a model becomes that model. A model that allows any value, or is larger than API
    Gateway accepts, is omitted: references to it then allow any value.
    """
    ends = {location: _resolve_alias(relaxer, location) for location in locations}
    used = list(dict.fromkeys(end for end in ends.values() if end is not None))
    assigned = _assign_names(used)
    schemas = {end: relaxer.get_model(end).schema or {} for end in used}
    sizes = {end: _count_bytes(schema, assigned) for end, schema in schemas.items()}
    too_large = {end: size for end, size in sizes.items() if size > MODEL_MAX_BYTES}
    model_names = {end: name for end, name in assigned.items() if end not in too_large}
    names = {location: model_names[end] for location, end in ends.items() if end in model_names}
    rewritten = {
        name: _rewrite_references(schemas[end], names) for end, name in model_names.items()
    }
    return NamedModels(names=names, schemas=rewritten, too_large=too_large)


def _resolve_alias(relaxer: SchemaRelaxer, location: str) -> str | None:
    """Return the location of the model at the end of aliases; None if it allows any value."""
    passed = set()
    schema = relaxer.get_model(location).schema or {}
    while "$ref" in schema:
        passed.add(location)
        location = schema["$ref"]
        if location in passed:
            return None
        schema = relaxer.get_model(location).schema or {}
    return location if set(schema) - {"readOnly"} else None


def _assign_names(locations: Iterable[str]) -> dict[str, str]:
    """Return a unique alphanumeric name for each location; valid names stay."""
    candidates = {location: _make_alphanumeric(location) for location in locations}
    used_names: set[str] = set()
    names: dict[str, str] = {}
    for valid_first in (True, False):
        for location, (name, is_valid) in candidates.items():
            if is_valid is valid_first:
                names[location] = _make_unique(name, used_names)
                used_names.add(names[location].lower())
    return {location: names[location] for location in candidates}


def _make_alphanumeric(location: str) -> tuple[str, bool]:
    file, _, pointer = location.partition("#")
    base_name = (split_pointer(pointer) or [re.sub(r"\.[^.]*$", "", file)])[-1]
    name = re.sub(r"[^A-Za-z0-9]+", "", base_name)
    # CloudFormation would read a map with the only key `Ref` as an intrinsic function.
    name = "RefModel" if name == "Ref" else name or "Model"
    return name, name == base_name


def _make_unique(name: str, used_names: set[str]) -> str:
    candidate, number = name, 2
    while candidate.lower() in used_names:
        candidate, number = f"{name}{number}", number + 1
    return candidate


def _count_bytes(schema: Schema, names: Mapping[str, str]) -> int:
    return len(json.dumps(_rewrite_references(schema, names)).encode())


def _rewrite_references(schema: Schema, names: Mapping[str, str]) -> Schema:
    if "$ref" in schema:
        name = names.get(schema["$ref"])
        return {"$ref": f"#/components/schemas/{name}"} if name else {}
    result: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword == "properties":
            result[keyword] = {
                name: _rewrite_references(member, names) for name, member in value.items()
            }
        elif keyword == "items":
            result[keyword] = _rewrite_references(value, names)
        elif keyword == "additionalProperties" and value is not False:
            rest = _rewrite_references(value, names)
            result.update({keyword: rest} if rest else {})
        elif keyword != "readOnly":
            result[keyword] = list(value) if isinstance(value, list) else value
    return result
