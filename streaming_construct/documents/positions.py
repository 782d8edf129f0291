"""Line and column of a JSON pointer in the text it points into.

Only an error needs them, so nothing is recorded while reading. The text is parsed again, and only
along the path of the pointer.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    import yaml

_SPACE = re.compile(r"[ \t\n\r]*")


class Position(NamedTuple):
    """A place in a text; both numbers start at 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


def split_pointer(pointer: str) -> list[str]:
    """Return the unescaped reference tokens of a JSON pointer (RFC 6901)."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def find_json_position(text: str, pointer: str) -> Position | None:
    """Return the position of the key or element at a pointer in a JSON text."""
    scan = _JsonScan(text)
    at = key_at = scan.skip(0)
    for token in split_pointer(pointer):
        member = scan.find_member(at, token)
        if member is None:
            return None
        key_at, at = member
    return Position(text.count("\n", 0, key_at) + 1, key_at - text.rfind("\n", 0, key_at))


@dataclass(frozen=True)
class _JsonScan:
    text: str

    def skip(self, at: int) -> int:
        """Return the offset of the next character that is not white space."""
        match = _SPACE.match(self.text, at)
        return match.end() if match else at

    def find_member(self, at: int, token: str) -> tuple[int, int] | None:
        """Return the offsets of the key and the value of a member; None without the member."""
        if self.text[at : at + 1] not in {"{", "["}:
            return None
        is_object = self.text[at] == "{"
        decoder, index, at = json.JSONDecoder(), 0, self.skip(at + 1)
        while self.text[at : at + 1] not in {"}", "]", ""}:
            key_at, key = at, str(index)
            if is_object:
                key, at = decoder.raw_decode(self.text, at)
                at = self.skip(self.skip(at) + 1)
            if key == token:
                return key_at, at
            _, at = decoder.raw_decode(self.text, at)
            at = self.skip(at)
            at, index = self.skip(at + 1) if self.text[at] == "," else at, index + 1
        return None


def find_node_position(node: yaml.Node, pointer: str) -> Position | None:
    """Return the position of the key or element at a pointer below a YAML node."""
    mark = node.start_mark
    for token in split_pointer(pointer):
        member = _find_yaml_member(node, token)
        if member is None:
            return None
        key, node = member
        mark = key.start_mark
    return Position(mark.line + 1, mark.column + 1)


def _find_yaml_member(node: yaml.Node, token: str) -> tuple[yaml.Node, yaml.Node] | None:
    import yaml

    if isinstance(node, yaml.MappingNode):
        pairs = cast("list[tuple[yaml.Node, yaml.Node]]", node.value)
        return next(((key, value) for key, value in pairs if key.value == token), None)
    if isinstance(node, yaml.SequenceNode) and token.isdecimal() and int(token) < len(node.value):
        element = cast("list[yaml.Node]", node.value)[int(token)]
        return element, element
    return None
