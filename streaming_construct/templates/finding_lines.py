"""The lines of findings: looked up in their files, once there is a finding at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streaming_construct.documents.positions import Position, position_below, position_in_json
from streaming_construct.documents.yaml_12 import is_json
from streaming_construct.rules.finding import Finding

if TYPE_CHECKING:
    import yaml


def with_line_numbers(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings with the lines that their origins' pointers name."""
    files: dict[str, _Text] = {}
    for finding in findings:
        origin = finding.origin
        if origin.file is None or origin.line is not None or not origin.json_pointer:
            yield finding
            continue
        text = files.setdefault(origin.file, _Text(Path(origin.file)))
        yield replace(finding, origin=replace(origin, line=text.line(origin.json_pointer)))


class _Text:
    """A file, read when a line of it is asked for."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def line(self, pointer: tuple[str, ...]) -> int | None:
        """Return the line of what a pointer names, or of the nearest thing around it.

        The top of the file is nothing's line: a resource that a transform made is not in it.
        """
        steps = [step.replace("~", "~0").replace("/", "~1") for step in pointer]
        for depth in range(len(steps), min(1, len(steps) - 1), -1):
            position = self._position("/" + "/".join(steps[:depth]))
            if position is not None:
                return position.line
        return None

    def _position(self, pointer: str) -> Position | None:
        if self._node is None:
            return position_in_json(self._text, pointer)
        return position_below(self._node, pointer)

    @cached_property
    def _text(self) -> str:
        return self._file.read_text(encoding="utf-8-sig")

    @cached_property
    def _node(self) -> yaml.Node | None:
        """The file as YAML composes it; None for JSON."""
        if is_json(self._text):
            return None
        import yaml

        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's where it is there
        composed: yaml.Node | None = yaml.compose(self._text, Loader=loader)
        return composed
