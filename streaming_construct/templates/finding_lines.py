"""Line numbers of findings, from the documents that they are about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from streaming_construct.documents.document import Document, read_document
from streaming_construct.rules.rule import Finding


def with_line_numbers(
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
        line = _line(documents[location.file], location.json_pointer)
        yield replace(finding, location=replace(location, line=line))


def _line(document: Document, pointer: tuple[str, ...]) -> int | None:
    """Return the line of the element at a pointer, or of the nearest element around it.

    The result is None for a resource that is not in the file, since a transform created it.
    """
    steps = [step.replace("~", "~0").replace("/", "~1") for step in pointer]
    for depth in range(len(steps), min(1, len(steps) - 1), -1):
        position = document.position("/" + "/".join(steps[:depth]))
        if position is not None:
            return position.line
    return None
