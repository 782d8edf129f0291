"""Line numbers of findings, from the documents that they are about."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from streaming_construct.documents.document import Document, read_document
from streaming_construct.rules.rule import Finding
from streaming_construct.templates.stacks.coercion import as_list, as_mapping
from streaming_construct.templates.stacks.template_errors import FOR_EACH

_LOOP_VARIABLE: Final = re.compile(r"[$&]\{[^}]*\}")


def add_line_numbers(
    findings: Iterable[Finding], documents: dict[str, Document]
) -> Iterator[Finding]:
    """Yield the findings with the lines that the JSON pointers of their locations name.

    `documents` are those already read, by path. Others, such as nested templates, are read and
    added to them.
    """
    for finding in findings:
        location = finding.location
        if location.file is None or location.line is not None or not location.json_pointer:
            yield finding
            continue
        if location.file not in documents:
            documents[location.file] = read_document(Path(location.file))
        line = _find_line(documents[location.file], location.json_pointer, finding.member)
        yield replace(finding, location=replace(location, line=line))


def _find_line(document: Document, pointer: tuple[str, ...], member: str | None) -> int | None:
    """Return the line of a member of the element at a pointer, or of the nearest element around it.

    The result is None for a resource that is not in the file, since a transform created it.
    """
    # SAM's translator renames the body of an API.
    is_body = pointer[2:4] == ("Properties", "Body")
    pointers = [pointer, (*pointer[:3], "DefinitionBody", *pointer[4:])] if is_body else [pointer]
    if pointer[:1] == ("Resources",) and _find_line_at(document, pointer[:2]) is None:
        pointers = [
            (*fragment, *start[2:])
            for start in pointers
            for fragment in _list_loop_fragments(document.data.get("Resources"), pointer[1])
        ]
    for start in pointers if member else ():
        for steps in _list_member_steps(member or ""):
            if (line := _find_line_at(document, (*start, *steps))) is not None:
                return line
    longest = max(map(len, pointers), default=0)
    for depth in range(longest, min(1, longest - 1), -1):
        for start in pointers:
            if (line := _find_line_at(document, start[:depth])) is not None:
                return line
    return None


def _list_loop_fragments(
    fragment: object, logical_id: str, pointer: tuple[str, ...] = ("Resources",)
) -> Iterator[tuple[str, ...]]:
    """Yield the pointers of the members of `Fn::ForEach` loops that produce a logical id."""
    for key, value in as_mapping(fragment).items():
        below = (*pointer, str(key))
        if str(key).startswith(FOR_EACH):
            loop = as_list(value)
            yield from _list_loop_fragments(loop[2], logical_id, (*below, "2")) if loop[2:] else ()
        elif pointer != ("Resources",):
            parts = map(re.escape, _LOOP_VARIABLE.split(str(key)))
            if re.fullmatch("[A-Za-z0-9]+".join(parts), logical_id):
                yield below


def _find_line_at(document: Document, pointer: tuple[str, ...]) -> int | None:
    steps = [step.replace("~", "~0").replace("/", "~1") for step in pointer]
    position = document.find_position("/" + "/".join(steps))
    return None if position is None else position.line


def _list_member_steps(member: str) -> Iterator[tuple[str, ...]]:
    """Yield the ways to a member from an integration, from a method and from a SAM event."""
    name = "IntegrationHttpMethod" if member == "httpMethod" else member[:1].upper() + member[1:]
    yield (member,)
    yield ("Properties", "Integration", name)
    yield ("Properties", name)
