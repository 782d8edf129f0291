"""An edit changes one node of a text, in any layout, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming_construct.documents.document import parse_document
from streaming_construct.documents.syntax_tree import parse_tree
from streaming_construct.documents.text_edits import (
    EditError,
    add_member,
    add_path,
    apply_edits,
    replace_in_node,
    replace_scalar,
)
from tests.documents.document_layouts import COMMENT, TREES, write_json, write_yaml

Pointer = tuple[str, ...]


def data_of(text: str, *, is_json: bool = False) -> Any:
    """Parse a text with the library's reader, which has no positions."""
    name = "t.json" if is_json else "t.yaml"
    return parse_document(Path(name), text.replace("\r\n", "\n")).data


def pointers(data: Any, pointer: Pointer = ()) -> Iterator[tuple[Pointer, Any]]:
    yield pointer, data
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from pointers(value, (*pointer, str(key)))


def at(data: Any, pointer: Pointer) -> Any:
    for step in pointer:
        data = data[int(step)] if isinstance(data, list) else data[step]
    return data


def assign(data: Any, pointer: Pointer, value: Any) -> Any:
    changed = deepcopy(data)
    above = at(changed, pointer[:-1])
    above[int(pointer[-1]) if isinstance(above, list) else pointer[-1]] = value
    return changed


@settings(max_examples=30, deadline=None)
@given(
    tree=TREES, draw=st.data(), is_json=st.booleans(), value=st.sampled_from(["vnew", 12, "a: b"])
)
def test_a_replaced_scalar_changes_nothing_else(
    tree: dict[str, Any], draw: st.DataObject, value: str | int, *, is_json: bool
) -> None:
    """The text before and after it is the same, byte by byte."""
    text = (write_json if is_json else write_yaml)(tree, draw.draw)
    assert data_of(text, is_json=is_json) == tree
    scalars = [way for way, value in pointers(tree) if isinstance(value, str)]
    if not scalars:
        return
    pointer = draw.draw(st.sampled_from(scalars))
    syntax = parse_tree(text)
    node = syntax.find_node(pointer)
    assert node is not None
    assert node.value == at(tree, pointer)

    edit = replace_scalar(syntax, node, value)
    changed = apply_edits(text, [edit])

    assert (edit.start, edit.end) == (node.start, node.end)
    assert changed == text[: node.start] + edit.text + text[node.end :]
    assert str(at(data_of(changed, is_json=is_json), pointer)) == str(value)
    changed_data = data_of(changed, is_json=is_json)
    assert assign(changed_data, pointer, None) == assign(tree, pointer, None)


@settings(max_examples=30, deadline=None)
@given(tree=TREES, draw=st.data(), is_json=st.booleans())
def test_an_added_member_changes_nothing_else(
    tree: dict[str, Any], draw: st.DataObject, *, is_json: bool
) -> None:
    """It is inserted at one place, and every comment stays in its line."""
    text = (write_json if is_json else write_yaml)(tree, draw.draw)
    mappings = [way for way, value in pointers(tree) if isinstance(value, dict)]
    pointer = draw.draw(st.sampled_from(mappings))
    value = draw.draw(st.sampled_from(["vnew", 60000, {"kone": {"ktwo": "'*'"}}]))
    syntax = parse_tree(text)
    node = syntax.find_node(pointer)
    assert node is not None

    edit = add_member(syntax, node, "New", value)
    changed = apply_edits(text, [edit])

    assert edit.start == edit.end
    assert changed.replace(edit.text, "", 1) == text or edit.text in text
    assert changed.count(COMMENT) == text.count(COMMENT)
    assert data_of(changed, is_json=is_json) == assign(tree, (*pointer, "New"), value)
    assert ("\r\n" in changed) is ("\r\n" in text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a:\n  b: 1 # c\n# d\ne: 2\n", "a:\n  b: 1 # c\n  new: x\n# d\ne: 2\n"),
        ("a: {}\n", "a: {new: x}\n"),
        ("a: { b: 1 }\n", "a: { b: 1, new: x }\n"),
        ("a: {\n  b: 1, # c\n  d: 2 }\n", "a: {\n  b: 1, # c\n  d: 2,\n  new: x }\n"),
        ("a:\n  b: |\n    t\n\nc: 1\n", "a:\n  b: |\n    t\n  new: x\n\nc: 1\n"),
        ('{"a": {"b": 1}}', '{"a": {"b": 1, "new": "x"}}'),
        ('{"a":{"b":1,"c":2}}', '{"a":{"b":1,"c":2,"new":"x"}}'),
        ('{\n\t"a": {\n\t\t"b": 1\n\t}\n}', '{\n\t"a": {\n\t\t"b": 1,\n\t\t"new": "x"\n\t}\n}'),
        ("a:\n  <<: *base\n  b: !Ref X", "a:\n  <<: *base\n  b: !Ref X\n  new: x"),
    ],
)
def test_a_member_is_written_as_its_neighbors(before: str, after: str) -> None:
    """It has their style, block or flow, and their separators."""
    tree = parse_tree(before)
    node = tree.find_node(("a",))
    assert node is not None

    assert apply_edits(before, [add_member(tree, node, "new", "x")]) == after


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("a: &x {b: 1}\nc: *x\n", "a"),  # the alias would change, too
        ("a: &x {b: 1}\nc: *x\n", "c"),
        ("a: !Transform {b: 1}\n", "a/b"),
        ("a: 1\n", "b"),
        ("a: {b: 1}\n<<: {c: {d: 1}}\n", "c"),
    ],
)
def test_shared_nodes_are_not_edited(text: str, pointer: str) -> None:
    """Aliases, merge keys and short forms of functions."""
    assert parse_tree(text).find_node(tuple(pointer.split("/"))) is None


def test_edits_that_would_change_more_are_rejected() -> None:
    """A value with a tag, text with several matches, a string that keeps its line breaks."""
    tree = parse_tree("a: !Sub x/x\nb: {c: 1}\nd:\n  e: |+\n    t\n\nf:\n")
    tagged, mapping, plain, empty = (tree.find_node((key,)) for key in "abdf")
    assert tagged
    assert mapping
    assert plain
    assert empty

    with pytest.raises(EditError):
        replace_scalar(tree, tagged, "y")
    with pytest.raises(EditError):
        replace_in_node(tree, tagged, "x", "y")
    with pytest.raises(EditError):
        add_path(tree, mapping, ("c", "d"), 2)
    for node, key in ((mapping, "c"), (plain, "new"), (empty, "new")):
        with pytest.raises(EditError):
            add_member(tree, node, key, 2)


def test_a_path_adds_missing_mappings() -> None:
    """They have the indentation of their neighbors."""
    text = "f:\n    p:\n        h: 1\n"
    tree = parse_tree(text)
    node = tree.find_node(("f", "p"))
    assert node is not None

    changed = apply_edits(text, [add_path(tree, node, ("env", "vars", "NAME"), "x")])

    assert json.dumps(data_of(changed)["f"]["p"]["env"]) == '{"vars": {"NAME": "x"}}'
    assert changed == text + "        env:\n          vars:\n            NAME: x\n"
