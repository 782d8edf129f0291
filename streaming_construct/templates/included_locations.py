"""The locations of elements that a template includes from other files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.template import Include


def to_included_location(location: SourceLocation, includes: Iterable[Include]) -> SourceLocation:
    """Return the location in the included file if an element is from one, else the location."""
    written = _convert_pointer(location.json_pointer)
    candidates = [
        include
        for include in includes
        if include.origin.file == location.file and _is_from(include, location.json_pointer)
    ]
    candidates += [
        include
        for include in includes
        if include.origin.file == location.file and _is_from(include, written)
    ]
    if not candidates:
        return location
    innermost = max(candidates, key=lambda include: len(include.origin.json_pointer))
    below = location.json_pointer[len(innermost.origin.json_pointer) :]
    return replace(location, file=innermost.file, json_pointer=below)


def _convert_pointer(pointer: tuple[str, ...]) -> tuple[str, ...]:
    """Return a pointer into SAM's API, whose translator renames the body."""
    if pointer[2:4] == ("Properties", "Body"):
        return (*pointer[:3], "DefinitionBody", *pointer[4:])
    return pointer


def _is_from(include: Include, pointer: tuple[str, ...]) -> bool:
    depth = len(include.origin.json_pointer)
    is_below = pointer[:depth] == include.origin.json_pointer and len(pointer) > depth
    return is_below and pointer[depth] not in include.siblings
