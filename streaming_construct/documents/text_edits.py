"""Edits of a JSON or YAML text that leave everything else as it is, byte by byte.

An edit replaces a scalar or a part of it, or adds a member to a mapping. Comments, quotation marks,
indentation and the order of members stay. Source: https://yaml.org/spec/1.2.2/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from streaming_construct.documents.syntax_tree import Node, NodeKind, SyntaxTree

_DEFAULT_INDENT: Final = 2
# Plain scalars that no YAML reader takes for a number, a boolean, null or a date.
_PLAIN: Final = re.compile(
    r"(?!(?:true|false|yes|no|on|off|null|y|n)$)[A-Za-z/][\w./-]*", re.IGNORECASE
)


class EditError(ValueError):
    """The text has a form in which this edit would change more than it should."""


@dataclass(frozen=True, order=True)
class TextEdit:
    """The replacement of the text from the offset `start` to `end`."""

    start: int
    end: int
    text: str

    def is_overlapping(self, other: TextEdit) -> bool:
        """Return whether the edits touch the same text, or insert at the same place."""
        if self.start == self.end == other.start == other.end:
            return True
        return self.start < other.end and other.start < self.end


def apply_edits(text: str, edits: Iterable[TextEdit]) -> str:
    """Return `text` with all edits applied, which must not overlap."""
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def replace_scalar(tree: SyntaxTree, node: Node, value: str | int) -> TextEdit:
    """Return the edit that gives a scalar another value, with the quotation marks that it has.

    Raises:
        EditError: The node is no plain or quoted scalar, or it has a tag or an anchor.
    """
    if node.kind is not NodeKind.SCALAR or node.tag or node.anchor or node.style in {"|", ">"}:
        raise EditError("the value is not a plain or quoted string")
    is_double = tree.text[node.start : node.start + 1] == '"'
    if node.style == "'":
        rendered = "'" + str(value).replace("'", "''") + "'"
    elif is_double:
        rendered = json.dumps(str(value), ensure_ascii=False)
    else:
        rendered = _format_yaml_scalar(value)
    return TextEdit(node.start, node.end, rendered)


def replace_in_node(tree: SyntaxTree, node: Node, pattern: str, replacement: str) -> TextEdit:
    """Return the edit that replaces the only match of a regular expression in a node's text.

    Raises:
        EditError: There is no match, or more than one.
    """
    matches = list(re.compile(pattern).finditer(tree.text, node.start, node.end))
    if len(matches) != 1:
        raise EditError(f"{pattern} matches {len(matches)} times")
    match = matches[0]
    return TextEdit(match.start(), match.end(), match.expand(replacement))


def add_member(tree: SyntaxTree, mapping: Node, key: str, value: object) -> TextEdit:
    """Return the edit that adds a member at the end of a mapping, in the mapping's own style.

    Args:
        tree: The syntax tree of the text.
        mapping: The mapping. It must not have the member.
        key: The key.
        value: A string, a number, or a mapping of these.

    Raises:
        EditError: The node is no mapping, has the member, or it cannot be extended.
    """
    if mapping.kind is not NodeKind.MAPPING or any(k.value == key for k, _ in mapping.members):
        raise EditError(f"{key} cannot be added here")
    if mapping.is_flow:
        return _add_to_flow(tree.text, mapping, key, value)
    return _add_to_block(tree, mapping, key, value)


def add_path(tree: SyntaxTree, mapping: Node, path: Sequence[str], value: object) -> TextEdit:
    """Return the edit that adds a member below a path of keys, with the mappings that are missing.

    Raises:
        EditError: As for `add_member`; or a mapping on the path has a meaning in other places too.
    """
    for depth, key in enumerate(path[:-1]):
        if mapping.kind is not NodeKind.MAPPING or mapping.tag or mapping.anchor in tree.aliases:
            raise EditError(f"{key} cannot be added here")
        member = mapping.find_member(key)
        if member is None:
            for name in reversed(path[depth + 1 :]):
                value = {name: value}
            return add_member(tree, mapping, key, value)
        mapping = member[1]
    if mapping.tag or mapping.anchor in tree.aliases:
        raise EditError(f"{path[-1]} cannot be added here")
    return add_member(tree, mapping, path[-1], value)


def _add_to_flow(text: str, mapping: Node, key: str, value: object) -> TextEdit:
    if not mapping.members:
        member = _format_flow_member(key, value, is_json=_is_in_json(text))
        return TextEdit(mapping.end - 1, mapping.end - 1, member)
    last_key, last_value = mapping.members[-1]
    before = mapping.members[-2][1].end if len(mapping.members) > 1 else mapping.start + 1
    space = text[before : last_key.start].strip(",")
    if space.strip():  # a comment, or a comma behind a space
        space = _find_line_break(text) + " " * _find_column(text, last_key.start)
    is_json = text[last_key.start] == '"'
    separator = text[last_key.end : last_value.start]
    separator = separator if separator.strip() == ":" else ": "
    if "\n" in space:
        indent = space.rpartition("\n")[2]
        unit = _find_indent_unit(text, mapping, indent)
        rendered = _format_flow(
            value, indent, unit, _find_line_break(text), separator, is_json=is_json
        )
    else:
        space = space or ("" if is_json and separator == ":" else " ")
        rendered = _format_flow_value(value, is_json=is_json)
    name = json.dumps(key) if is_json else _format_yaml_scalar(key)
    return TextEdit(last_value.end, last_value.end, f",{space}{name}{separator}{rendered}")


def _add_to_block(tree: SyntaxTree, mapping: Node, key: str, value: object) -> TextEdit:
    text = tree.text
    last_key, _ = mapping.members[-1]
    last = _find_last_scalar(mapping)
    if last.style in {"|", ">"} and "+" in text[last.start : last.end].splitlines()[0]:
        raise EditError("the mapping ends with a string that keeps its line breaks")
    rest = re.compile(r"[ \t]*(#[^\r\n]*)?").match(text, mapping.end)
    end = rest.end() if rest else mapping.end
    if text[end : end + 1] not in {"", "\n", "\r"}:
        raise EditError("the mapping ends within a line")
    column = _find_column(text, last_key.start)
    unit = _DEFAULT_INDENT
    for _, child in mapping.members:
        if child.kind is NodeKind.MAPPING and not child.is_flow and child.members:
            unit = max(1, _find_column(text, child.members[0][0].start) - column)
    lines = _format_block({key: value}, column, unit)
    line_break = _find_line_break(text)
    return TextEdit(end, end, "".join(f"{line_break}{line}" for line in lines))


def _find_last_scalar(node: Node) -> Node:
    while not node.is_flow and (node.members or node.items):
        node = node.members[-1][1] if node.members else node.items[-1]
    return node


def _format_block(value: Mapping[str, Any], column: int, unit: int) -> list[str]:
    lines = []
    for key, member in value.items():
        prefix = " " * column + f"{_format_yaml_scalar(key)}:"
        if isinstance(member, Mapping):
            lines += [prefix, *_format_block(member, column + unit, unit)]
        else:
            lines.append(f"{prefix} {_format_yaml_scalar(member)}")
    return lines


def _format_flow(
    value: object, indent: str, unit: str, line_break: str, separator: str, *, is_json: bool
) -> str:
    """Return a value in flow style, with each member of a mapping in a separate line."""
    if not isinstance(value, Mapping):
        return _format_flow_value(value, is_json=is_json)
    inner = indent + unit
    members = (
        f"{line_break}{inner}{json.dumps(key) if is_json else _format_yaml_scalar(key)}{separator}"
        + _format_flow(member, inner, unit, line_break, separator, is_json=is_json)
        for key, member in value.items()
    )
    return "{" + ",".join(members) + f"{line_break}{indent}}}"


def _format_flow_value(value: object, *, is_json: bool) -> str:
    if isinstance(value, Mapping):
        members = (
            _format_flow_member(key, member, is_json=is_json) for key, member in value.items()
        )
        return "{" + ", ".join(members) + "}"
    return json.dumps(value) if is_json else _format_yaml_scalar(value)


def _format_flow_member(key: str, value: object, *, is_json: bool) -> str:
    name = json.dumps(key) if is_json else _format_yaml_scalar(key)
    return f"{name}: {_format_flow_value(value, is_json=is_json)}"


def _format_yaml_scalar(value: object) -> str:
    """Return a scalar in plain style, or in double quotes, which are JSON's."""
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False)


def _find_indent_unit(text: str, mapping: Node, indent: str) -> str:
    """Return the indentation of one level: that of the members beyond that of the mapping."""
    line = text[text.rfind("\n", 0, mapping.start) + 1 : mapping.start]
    outer = line[: len(line) - len(line.lstrip(" \t"))]
    return indent[len(outer) :] if indent.startswith(outer) and indent != outer else " " * 2


def _is_in_json(text: str) -> bool:
    return re.match(r'\s*\{\s*("|\})', text) is not None


def _find_line_break(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _find_column(text: str, offset: int) -> int:
    return offset - (text.rfind("\n", 0, offset) + 1)
