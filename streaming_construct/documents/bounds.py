"""Bounds of documents: depth, aliases, numbers and characters, checked before they are walked.

Aliases can make a small YAML file expand to billions of nodes, or contain itself. Deep nesting ends
libyaml by a segmentation fault, and readers by a RecursionError.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, Final

MAX_DEPTH: Final = 100
_MAX_ALIASED_NODES: Final = 100_000
_TOO_DEEP: Final = f"nested too deeply: more than {MAX_DEPTH} levels"
_MAX_DIGITS: Final = 300  # what a float can hold


class BoundsError(ValueError):
    """A document is nested too deeply, contains itself, or expands to too many nodes."""


def check_yaml_bounds(text: str) -> None:
    """Check the depth of a YAML text, and how many nodes its aliases expand to.

    Raises:
        BoundsError: A bound is exceeded; the message has the line.
        yaml.YAMLError: The text is not YAML.
    """
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is optional
    sizes = _Sizes()
    line = 1
    try:
        for event in yaml.parse(text, Loader=loader):
            line = event.start_mark.line + 1 if event.start_mark else line
            if isinstance(event, yaml.AliasEvent):
                sizes.add_alias(event.anchor)
            elif isinstance(event, yaml.CollectionStartEvent):
                sizes.open_collection(event.anchor)
            elif isinstance(event, yaml.CollectionEndEvent):
                sizes.close_collection()
            elif isinstance(event, yaml.ScalarEvent):
                _check_characters(event.value)
                sizes.add(event.anchor, nodes=1, depth=0)
    except BoundsError as error:
        raise BoundsError(f"line {line}: {error}") from error


class _Sizes:
    """The numbers of nodes and levels below each anchor, while the events pass."""

    def __init__(self) -> None:
        self._anchors: dict[str, tuple[int, int]] = {}
        self._open: list[tuple[str | None, int, int]] = []
        self._aliased = 0

    def open_collection(self, anchor: str | None) -> None:
        self._open.append((anchor, 1, 1))
        self._check_depth(0)

    def close_collection(self) -> None:
        anchor, nodes, depth = self._open.pop()
        self.add(anchor, nodes=nodes, depth=depth)

    def add_alias(self, anchor: str | None) -> None:
        if any(name == anchor for name, _, _ in self._open):
            raise BoundsError(f"the alias *{anchor} contains itself")
        # An unknown alias is a YAML error, which the reader reports.
        nodes, depth = self._anchors.get(anchor or "", (0, 0))
        self._aliased += nodes
        if self._aliased > _MAX_ALIASED_NODES:
            raise BoundsError(f"the aliases expand to more than {_MAX_ALIASED_NODES} nodes")
        self._check_depth(depth)
        self.add(None, nodes=nodes, depth=depth)

    def add(self, anchor: str | None, *, nodes: int, depth: int) -> None:
        """Add a complete node to the collection that is open."""
        if anchor:
            self._anchors[anchor] = nodes, depth
        if self._open:
            name, open_nodes, open_depth = self._open[-1]
            self._open[-1] = name, open_nodes + nodes, max(open_depth, depth + 1)

    def _check_depth(self, below: int) -> None:
        if len(self._open) + below > MAX_DEPTH:
            raise BoundsError(_TOO_DEEP)


def parse_bounded_json(
    text: str, *, object_pairs_hook: Callable[[list[tuple[str, Any]]], Any] | None = None
) -> Any:
    """Parse JSON by RFC 8259, which has neither NaN nor Infinity.

    `object_pairs_hook` creates the objects, as for `json.loads`. Default: the last of repeated
    keys counts.

    Raises:
        BoundsError: The text is nested too deeply, a number is out of range, or a character is not
            one of Unicode.
        json.JSONDecodeError: The text is not JSON.
    """
    try:
        data = json.loads(
            text,
            object_pairs_hook=object_pairs_hook,
            parse_constant=_reject_constant,
            parse_float=parse_finite_float,
            parse_int=parse_bounded_int,
        )
    except RecursionError as error:
        raise BoundsError(_TOO_DEEP) from error
    level = [data]
    for _ in range(MAX_DEPTH + 1):
        level = [child for node in level for child in _list_children(node)]
        if not level:
            if "\\u" in text:
                _check_characters(json.dumps(data, ensure_ascii=False))
            return data
    raise BoundsError(_TOO_DEEP)


def parse_finite_float(text: str) -> float:
    """Return a number; raises `BoundsError` if it is infinite or not a number."""
    number = float(text)
    if not math.isfinite(number):
        raise BoundsError(f"the number {text[:20]} is out of range")
    return number


def parse_bounded_int(text: str) -> int:
    """Return an integer; raises `BoundsError` if it has more than 300 digits."""
    check_digits(text)
    return int(text)


def check_digits(text: str) -> None:
    """Raise `BoundsError` if a number has more than 300 characters."""
    if len(text) > _MAX_DIGITS:
        raise BoundsError(f"the number {text[:20]}... is out of range")


def _check_characters(text: str) -> None:
    """Reject half of a surrogate pair, which an escape can write and UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        code = ord(text[error.start])
        raise BoundsError(f"\\u{code:04x} is half of a surrogate pair, not a character") from error


def _list_children(node: object) -> Any:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()


def _reject_constant(name: str) -> float:
    raise BoundsError(f"{name} is not a JSON number")
