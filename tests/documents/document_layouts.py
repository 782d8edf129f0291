"""Hypothesis strategies: plain data, and many ways to write it as YAML or JSON."""

from __future__ import annotations

import json
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

COMMENT = "# a comment: {with} [brackets], 'quotes' and ☃"
KEYS = st.text("abcdefgh", min_size=1, max_size=4).map(lambda text: f"k{text}")
SCALARS = st.one_of(
    st.text("abcxyz", min_size=1, max_size=6).map(lambda text: f"v{text}"),
    st.text("ab :#{}[],'\"é𝄞-", min_size=1, max_size=8),
    st.integers(0, 1_000_000),
)
TREES: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.dictionaries(KEYS, SCALARS, min_size=1, max_size=4),
    lambda below: st.dictionaries(
        KEYS,
        SCALARS | below | st.lists(SCALARS | below, min_size=1, max_size=3),
        min_size=1,
        max_size=4,
    ),
    max_leaves=12,
)
_Drawn = TypeVar("_Drawn")


class Draw(Protocol):
    """Draws a value from a strategy: `data.draw`."""

    def __call__(self, strategy: st.SearchStrategy[_Drawn], /) -> _Drawn: ...


def write_json(data: Any, draw: Draw) -> str:
    """Return JSON with spaces, tabs or nothing for indentation."""
    indent = draw(st.sampled_from([None, 1, 2, 4, "\t"]))
    separators = draw(st.sampled_from([(",", ":"), (",", ": ")]))
    text = json.dumps(data, indent=indent, separators=separators, ensure_ascii=draw(st.booleans()))
    return text + draw(st.sampled_from(["", "\n"]))


def write_yaml(data: dict[str, Any], draw: Draw) -> str:
    """Return YAML in block style, with comments, blank lines and collections in flow style."""
    head = draw(st.sampled_from(["", f"{COMMENT}\n", "---\n", "\n"]))
    lines = _block(data, 0, draw)
    text = head + "\n".join(lines) + draw(st.sampled_from(["", "\n", f"\n{COMMENT}\n", "\n\n"]))
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


def _block(data: Any, column: int, draw: Draw) -> list[str]:
    lines: list[str] = []
    space = " " * column
    items = data.items() if isinstance(data, dict) else ((None, item) for item in data)
    for key, value in items:
        lines += draw(st.sampled_from([[], [], [f"{space}{COMMENT}"], [""]]))
        marker = "-" if key is None else f"{key}:"
        is_block = isinstance(value, dict | list) and draw(st.integers(0, 2)) > 0
        if not is_block:
            tail = draw(st.sampled_from(["", "", "  ", f"  {COMMENT}"]))
            lines.append(f"{space}{marker} {_flow(value, draw)}{tail}")
            continue
        step = draw(st.integers(1, 4))
        below = _block(value, column + step + (2 if key is None else 0), draw)
        lines += [f"{space}{marker}", *below]
    return lines


def _flow(value: Any, draw: Draw) -> str:
    pad = draw(st.sampled_from(["", " "]))
    if isinstance(value, dict):
        members = (f"{key}: {_flow(member, draw)}" for key, member in value.items())
        return "{" + pad + ", ".join(members) + pad + "}"
    if isinstance(value, list):
        return "[" + pad + ", ".join(_flow(item, draw) for item in value) + pad + "]"
    if isinstance(value, int):
        return str(value)
    is_plain = value.isalpha() and value.isascii()
    style = draw(
        st.sampled_from(["plain", "single", "double"] if is_plain else ["single", "double"])
    )
    if style == "plain":
        return str(value)
    if style == "double":
        return json.dumps(value, ensure_ascii=False)
    return "'" + str(value).replace("'", "''") + "'"
