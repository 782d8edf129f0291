"""Strategies that change a seed in a few places. Random input alone would be rejected early."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from hypothesis import strategies as st

_Text = TypeVar("_Text", str, bytes)


def changed_texts(
    seeds: Sequence[_Text], tokens: Sequence[_Text], anything: st.SearchStrategy[_Text]
) -> st.SearchStrategy[_Text]:
    """Return seeds with up to four edits: a part is replaced by a token or repeated."""

    @st.composite
    def draw_text(draw: Callable[[Any], Any]) -> _Text:
        text: _Text = draw(st.sampled_from(seeds))
        for _ in range(draw(st.integers(0, 4))):
            start = draw(st.integers(0, len(text)))
            end = min(len(text), start + draw(st.integers(0, 12)))
            part = draw(st.one_of(st.sampled_from(tokens), st.just(text[start:end] * 2), anything))
            text = text[:start] + part + text[end:]
        return text

    return draw_text()


VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**20), 10**20),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=8),
        st.sampled_from(["*", "{p+}", "#/components/schemas/A", "aws_proxy", "STREAM", "object"]),
    ),
    lambda children: st.one_of(
        st.lists(children, max_size=3),
        st.dictionaries(
            st.sampled_from(["$ref", "allOf", "type", "properties", "a", "{x}", "/p", "schema"]),
            children,
            max_size=3,
        ),
    ),
    max_leaves=6,
)
"""JSON values, with words of API definitions among them."""


@st.composite
def changed_documents(draw: Callable[[Any], Any], seeds: Sequence[Any]) -> Any:
    """Return a seed with up to three nodes replaced by other values."""
    document = json.loads(json.dumps(draw(st.sampled_from(seeds))))
    for _ in range(draw(st.integers(0, 3))):
        nodes = list(_containers(document))
        container = draw(st.sampled_from(nodes))
        keys = list(container) if isinstance(container, dict) else list(range(len(container)))
        if keys:
            container[draw(st.sampled_from(keys))] = draw(VALUES)
    return document


def _containers(node: Any) -> Any:
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    if isinstance(node, dict | list):
        yield node
    for child in children:
        yield from _containers(child)
