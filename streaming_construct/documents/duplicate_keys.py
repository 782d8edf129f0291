"""Keys that occur twice in one object. Parsers keep the last value and drop the others.

CloudFormation drops them, too, without a message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import yaml

_MERGE: Final = "tag:yaml.org,2002:merge"
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s"{}\[\]:,]+')


@dataclass(frozen=True)
class DuplicateKey:
    """A key, the line on which it is repeated, and the line on which it is first."""

    key: str
    line: int
    first_line: int

    def __str__(self) -> str:
        first = "the same line" if self.first_line == self.line else f"line {self.first_line}"
        return f"line {self.line}: the key {self.key!r} is already on {first}"


class DuplicateKeysError(ValueError):
    """Objects of a document repeat keys; the message has each with its line."""

    def __init__(self, keys: Sequence[DuplicateKey]) -> None:
        self.keys = tuple(keys)
        super().__init__(f"{'; '.join(map(str, self.keys))}. Remove or rename the repeated keys.")


def reject_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object of an `object_pairs_hook`.

    Raises:
        DuplicateKeysError: A key is repeated; the error has no lines. `find_json_duplicates` does.
    """
    members = dict(pairs)
    if len(members) < len(pairs):
        raise DuplicateKeysError(())
    return members


def find_json_duplicates(text: str) -> Iterator[DuplicateKey]:
    """Yield the repeated keys of a text that is valid JSON."""
    opened: list[dict[str, int] | None] = []
    line, end, string = 1, 0, ("", 1)
    for token in _TOKEN.finditer(text):
        line += text.count("\n", end, token.start())
        end = token.start()
        symbol = token[0]
        if symbol in "{[":
            opened.append({} if symbol == "{" else None)
        elif symbol in "}]":
            opened.pop()
        elif symbol.startswith('"'):
            string = (symbol, line)
        elif symbol == ":":
            keys = opened[-1]
            if keys is not None:
                key = json.loads(string[0])
                if key in keys:
                    yield DuplicateKey(key, string[1], keys[key])
                keys.setdefault(key, string[1])


def find_node_duplicates(node: yaml.Node | None) -> Iterator[DuplicateKey]:
    """Yield the repeated keys below a YAML node that is not constructed yet, in order of lines.

    A key may override one that it gets by a merge (`<<`).
    """
    import yaml

    found: list[DuplicateKey] = []
    visited: set[int] = set()
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if id(node) in visited:
            continue
        visited.add(id(node))
        if isinstance(node, yaml.MappingNode):
            lines: dict[str, int] = {}
            for key, value in node.value:
                waiting += [key, value]
                if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                    name, line = str(key.value), key.start_mark.line + 1
                    if name in lines:
                        found.append(DuplicateKey(name, line, lines[name]))
                    lines.setdefault(name, line)
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
    yield from sorted(found, key=lambda item: item.line)


def load_yaml(text: str, loader_type: Any, *, allow_duplicates: bool = False) -> object:
    """Return the value of a YAML text, as `yaml.load` does; None if it has no document.

    Raises:
        DuplicateKeysError: A mapping repeats a key, unless `allow_duplicates`.
        yaml.YAMLError: The text is not YAML.
    """
    loader = loader_type(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        # Before the construction, which writes merged keys into the nodes.
        duplicates = () if allow_duplicates else tuple(find_node_duplicates(node))
        if duplicates:
            raise DuplicateKeysError(duplicates)
        content: object = loader.construct_document(node)
        return content
    finally:
        loader.dispose()
