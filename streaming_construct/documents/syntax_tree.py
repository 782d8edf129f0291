"""The syntax tree of a JSON or YAML text: each node with its place in the text, tags as written.

Edits of a text need the exact extent of each node, which a parser of data does not keep.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import yaml

_JSON_SPACE: Final = re.compile(r"[ \t\n\r]*")


class NodeKind(Enum):
    """The kind of a node. An alias (`*name`) stands for a node in another place."""

    MAPPING = "mapping"
    SEQUENCE = "sequence"
    SCALAR = "scalar"
    ALIAS = "alias"


@dataclass(frozen=True, kw_only=True)
class Node:
    """A value in a text, from the offset `start` to `end`.

    A block collection ends where its last value ends. A node begins with its tag or anchor.
    `value` is the value of a scalar, and the name of an alias. `style` is the style of a scalar:
    its quotation mark, `|` or `>`, or empty. `is_flow` is true for a collection in brackets.
    """

    kind: NodeKind
    start: int
    end: int
    members: Sequence[tuple[Node, Node]] = ()
    items: Sequence[Node] = ()
    value: str = ""
    style: str = ""
    is_flow: bool = False
    tag: str | None = None
    anchor: str | None = None

    def find_member(self, key: str) -> tuple[Node, Node] | None:
        """Return the key and the value of the only member `key`; None without one, or with more."""
        matches = [member for member in self.members if member[0].value == key]
        return matches[0] if len(matches) == 1 else None

    def __iter__(self) -> Iterator[Node]:
        """Yield the node and all nodes below it."""
        yield self
        for key, value in self.members:
            yield from key
            yield from value
        for item in self.items:
            yield from item


@dataclass(frozen=True, kw_only=True)
class SyntaxTree:
    """The text and its root node. `aliases` are the names of the anchors that aliases refer to."""

    text: str
    root: Node
    aliases: frozenset[str] = frozenset()

    def find_node(self, pointer: Sequence[str]) -> Node | None:
        """Return the node at the end of a path of keys and indexes.

        The result is None if the path leads through an alias, a merge key or a tag. It is also None
        if an alias refers to a node of the path, because its text then applies to other places.
        """
        node = self.root
        for step in pointer:
            below = self._find_child(node, step)
            if below is None:
                return None
            node = below
        return node if self._is_own(node) else None

    def _find_child(self, node: Node, step: str) -> Node | None:
        if not self._is_own(node) or node.tag is not None:
            return None
        if node.kind is NodeKind.SEQUENCE:
            return (
                node.items[int(step)] if step.isdecimal() and int(step) < len(node.items) else None
            )
        member = node.find_member(step)
        return member[1] if member else None

    def _is_own(self, node: Node) -> bool:
        return node.kind is not NodeKind.ALIAS and node.anchor not in self.aliases


def parse_tree(text: str) -> SyntaxTree:
    """Parse a JSON or YAML text that was read before, so that it is known to be valid."""
    if _is_json(text):
        return SyntaxTree(text=text, root=_JsonParser(text).parse())
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is optional
    parser = _YamlParser(text, yaml.parse(text, Loader=loader))
    root = parser.parse_document()
    return SyntaxTree(text=text, root=root, aliases=frozenset(parser.aliases))


def _is_json(text: str) -> bool:
    """Return whether a text is JSON; YAML in flow style may look like it."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class _JsonParser:
    text: str
    _decoder: json.JSONDecoder = field(default_factory=json.JSONDecoder)

    def parse(self) -> Node:
        return self._parse_value(self._skip(0))

    def _skip(self, at: int) -> int:
        match = _JSON_SPACE.match(self.text, at)
        return match.end() if match else at

    def _parse_value(self, at: int) -> Node:
        if self.text[at] == "{":
            return self._parse_object(at)
        if self.text[at] == "[":
            return self._parse_array(at)
        value, end = self._decoder.raw_decode(self.text, at)
        style = '"' if isinstance(value, str) else ""
        text = value if isinstance(value, str) else self.text[at:end]
        return Node(kind=NodeKind.SCALAR, start=at, end=end, value=text, style=style)

    def _parse_object(self, start: int) -> Node:
        members, at = [], self._skip(start + 1)
        while self.text[at] != "}":
            key = self._parse_value(at)
            value = self._parse_value(self._skip(self._skip(key.end) + 1))
            members.append((key, value))
            at = self._skip_comma(value.end)
        return Node(
            kind=NodeKind.MAPPING, start=start, end=at + 1, members=tuple(members), is_flow=True
        )

    def _parse_array(self, start: int) -> Node:
        items, at = [], self._skip(start + 1)
        while self.text[at] != "]":
            items.append(self._parse_value(at))
            at = self._skip_comma(items[-1].end)
        return Node(
            kind=NodeKind.SEQUENCE, start=start, end=at + 1, items=tuple(items), is_flow=True
        )

    def _skip_comma(self, at: int) -> int:
        at = self._skip(at)
        return self._skip(at + 1) if self.text[at] == "," else at


class _YamlParser:
    """Makes nodes of the events of PyYAML's parser, which knows tags and aliases as written."""

    def __init__(self, text: str, events: Iterator[yaml.Event]) -> None:
        import yaml

        self._yaml = yaml
        self._text = text
        self._events = events
        self.aliases: set[str] = set()

    def parse_document(self) -> Node:
        for event in self._events:
            if isinstance(event, self._yaml.DocumentStartEvent):
                break
        return self._parse_node(next(self._events))

    def _parse_node(self, event: Any) -> Node:
        yaml = self._yaml
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.AliasEvent):
            self.aliases.add(event.anchor)
            return Node(kind=NodeKind.ALIAS, start=start, end=end, value=event.anchor)
        if isinstance(event, yaml.ScalarEvent):
            style = event.style or ""
            if style in {"|", ">"}:
                # The mark is behind the line breaks, at the next token.
                end = start + len(self._text[start:end].rstrip())
            return Node(
                kind=NodeKind.SCALAR,
                start=start,
                end=end,
                value=event.value,
                style=style,
                tag=event.tag,
                anchor=event.anchor,
            )
        nodes = []
        closing = next(self._events)
        while not isinstance(closing, yaml.CollectionEndEvent):
            nodes.append(self._parse_node(closing))
            closing = next(self._events)
        is_flow = bool(event.flow_style)
        # The mark of a block collection's end is at the next token, behind comments.
        end = closing.end_mark.index if is_flow or not nodes else nodes[-1].end
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        return Node(
            kind=NodeKind.MAPPING if is_mapping else NodeKind.SEQUENCE,
            start=start,
            end=end,
            members=tuple(zip(nodes[::2], nodes[1::2], strict=True)) if is_mapping else (),
            items=() if is_mapping else tuple(nodes),
            is_flow=is_flow,
            tag=event.tag,
            anchor=event.anchor,
        )
