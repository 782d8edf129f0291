"""Names for models, and the models that are in use under their names.

A model's name is alphanumeric ("Model name must be alphanumeric" is the error of the import) and
unique, even if case is ignored.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from streaming_construct.aws.limits import MODEL_MAX_BYTES
from streaming_construct.documents.positions import tokens
from streaming_construct.openapi.conversion.schema_relaxation import SchemaRelaxer, references

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from streaming_construct.openapi.conversion.all_of import Schema


@dataclass(frozen=True)
class Models:
    """The models that bodies use: their names by place, and what they say."""

    names: Mapping[str, str]
    schemas: Mapping[str, Schema]
    too_large: Mapping[str, int]
    """Left out: their places with their bytes."""

    def rewrite_references(self, schema: Schema) -> Schema:
        """A schema as the document has it: models by name, without the marks of `widening`."""
        return _written(schema, self.names)


def reachable_models(widening: SchemaRelaxer, schemas: Iterable[Schema]) -> list[str]:
    """Every model that some schemas use, directly or through others, in the order found."""
    waiting = [place for schema in schemas for place in references(schema)]
    found = set(waiting)
    waiting = list(dict.fromkeys(waiting))
    for place in waiting:
        for other in references(widening.model_for(place).schema):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return waiting


def name_models(widening: SchemaRelaxer, places: Iterable[str]) -> Models:
    """Name the models at some places, the earlier first.

    An alias of a model becomes that model. A model that allows any value, or is larger than API
    Gateway accepts, is omitted: references to it then allow any value.
    """
    ends = {place: _end(widening, place) for place in places}
    used = list(dict.fromkeys(end for end in ends.values() if end is not None))
    given = _names(used)
    schemas = {end: widening.model_for(end).schema or {} for end in used}
    sizes = {end: _size(schema, given) for end, schema in schemas.items()}
    too_large = {end: size for end, size in sizes.items() if size > MODEL_MAX_BYTES}
    kept = {end: name for end, name in given.items() if end not in too_large}
    names = {place: kept[end] for place, end in ends.items() if end in kept}
    written = {name: _written(schemas[end], names) for end, name in kept.items()}
    return Models(names=names, schemas=written, too_large=too_large)


def _end(widening: SchemaRelaxer, place: str) -> str | None:
    """The model that a place stands for; `None` when it allows anything."""
    passed = set()
    schema = widening.model_for(place).schema or {}
    while "$ref" in schema:
        passed.add(place)
        place = schema["$ref"]
        if place in passed:
            return None
        schema = widening.model_for(place).schema or {}
    return place if set(schema) - {"readOnly"} else None


def _names(places: Iterable[str]) -> dict[str, str]:
    """A name for each place: its own where that is legal and free, else its own made so."""
    wanted = {place: _alphanumeric(place) for place in places}
    taken: set[str] = set()
    names: dict[str, str] = {}
    for legal_first in (True, False):
        for place, (name, is_own) in wanted.items():
            if is_own is legal_first:
                names[place] = _free(name, taken)
                taken.add(names[place].lower())
    return {place: names[place] for place in wanted}


def _alphanumeric(place: str) -> tuple[str, bool]:
    file, _, pointer = place.partition("#")
    own = (tokens(pointer) or [re.sub(r"\.[^.]*$", "", file)])[-1]
    name = re.sub(r"[^A-Za-z0-9]+", "", own)
    # a lone model of that name would be taken for a function call of CloudFormation
    name = "RefModel" if name == "Ref" else name or "Model"
    return name, name == own


def _free(name: str, taken: set[str]) -> str:
    candidate, number = name, 2
    while candidate.lower() in taken:
        candidate, number = f"{name}{number}", number + 1
    return candidate


def _size(schema: Schema, names: Mapping[str, str]) -> int:
    return len(json.dumps(_written(schema, names)).encode())


def _written(schema: Schema, names: Mapping[str, str]) -> Schema:
    if "$ref" in schema:
        name = names.get(schema["$ref"])
        return {"$ref": f"#/components/schemas/{name}"} if name else {}
    result: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword == "properties":
            result[keyword] = {name: _written(member, names) for name, member in value.items()}
        elif keyword == "items":
            result[keyword] = _written(value, names)
        elif keyword == "additionalProperties" and value is not False:
            rest = _written(value, names)
            result.update({keyword: rest} if rest else {})
        elif keyword != "readOnly":
            result[keyword] = list(value) if isinstance(value, list) else value
    return result
