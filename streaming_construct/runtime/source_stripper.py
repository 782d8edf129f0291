"""Remove from Python source what only readers and type checkers need. Not shipped itself."""

from __future__ import annotations

import ast
import io
import tokenize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Node = ast.expr | ast.stmt | ast.arg
    Edit = tuple[int, int, bytes]
    """Start and end of the replaced part as byte offsets, and the replacement."""


# Since Python 3.12, the tokens of an f-string are those of its parts; its spaces are its text.
_FORMATTED_STRING = {
    "FSTRING_START": 1, "FSTRING_END": -1, "TSTRING_START": 1, "TSTRING_END": -1,
}  # fmt: skip

_BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


def strip_source(source: str) -> str:
    """Return source code without comments, docstrings, annotations and `if TYPE_CHECKING:` blocks.

    A function downloads what ships at each cold start. The remaining code keeps its lines, because
    tracebacks name them. Its indentation becomes one space a level, none within brackets, and
    no space is beside an operator.

    Raises:
        SyntaxError: `source` is not Python.
    """
    code = source.encode()
    stripped, position = bytearray(), 0
    for start, end, replacement in sorted(_Source(source).list_edits()):
        if start >= position:  # otherwise within a removed block
            line_ends = b"\n" * code.count(b"\n", start, end)
            stripped += code[position:start] + replacement + line_ends
            position = end
    return _reduce_indentation((stripped + code[position:]).decode())


class _Source:
    """A module, its syntax tree, and the offsets of its lines."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._lines = source.splitlines(keepends=True)
        self._offsets = [0]
        for line in self._lines:
            self._offsets.append(self._offsets[-1] + len(line.encode()))
        self._lines.append("")  # the line of the last token

    def list_edits(self) -> Iterator[Edit]:
        yield from self._list_space_edits()
        for node in ast.walk(ast.parse(self._source)):
            body = getattr(node, "body", None)
            if isinstance(body, list):
                yield from self._list_body_edits(body)
            if isinstance(node, ast.stmt) and _is_for_type_checkers(node):
                yield self._compute_start(node), self._compute_end(node), b""
            else:
                yield from self._list_annotation_edits(node)

    def _list_space_edits(self) -> Iterator[Edit]:
        """Yield the comments, the spaces beside an operator, and indentation within brackets."""
        previous: tokenize.TokenInfo | None = None
        depth = brackets = 0
        for token in tokenize.generate_tokens(io.StringIO(self._source).readline):
            if token.type == tokenize.COMMENT:
                before = self._lines[token.start[0] - 1][: token.start[1]]
                start = self._compute_offset(*token.start) - len(before) + len(before.rstrip())
                yield start, self._compute_offset(*token.end), b""
            elif (
                previous
                and previous.end[0] == token.start[0]
                and previous.end[1] < token.start[1]
                and tokenize.OP in (previous.type, token.type)
                and not depth
            ):
                yield self._compute_offset(*previous.end), self._compute_offset(*token.start), b""
            elif previous and previous.type == tokenize.NL and brackets:
                line = self._compute_offset(token.start[0], 0)
                yield line, self._compute_offset(*token.start), b""
            if token.type == tokenize.OP:
                brackets += _BRACKETS.get(token.string, 0)
            depth += _FORMATTED_STRING.get(tokenize.tok_name[token.type], 0)
            previous = token

    def _list_body_edits(self, body: list[ast.stmt]) -> Iterator[Edit]:
        without_effect = [statement for statement in body if _has_no_effect(statement)]
        # A body must have a statement.
        replacement = b'""' if len(without_effect) == len(body) else b""
        for statement in without_effect:
            yield self._compute_start(statement), self._compute_end(statement), replacement

    def _list_annotation_edits(self, node: ast.AST) -> Iterator[Edit]:
        if isinstance(node, ast.arg) and node.annotation:
            start = self._compute_start(node) + len(node.arg.encode())
            yield start, self._compute_end(node.annotation), b""
        elif isinstance(node, ast.AnnAssign) and node.value:
            yield self._compute_end(node.target), self._compute_end(node.annotation), b""
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.returns:
            before = self._source.encode()[: self._compute_start(node.returns)]
            yield before.rindex(b"->"), self._compute_end(node.returns), b""

    def _compute_offset(self, line: int, column: int) -> int:
        return self._offsets[line - 1] + len(self._lines[line - 1][:column].encode())

    def _compute_start(self, node: Node) -> int:
        return self._offsets[node.lineno - 1] + node.col_offset

    def _compute_end(self, node: Node) -> int:
        # `ast.parse` sets both.
        return self._offsets[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)


def _has_no_effect(node: ast.stmt) -> bool:
    """Return whether a statement is a docstring, or an annotation of a name without a value."""
    if isinstance(node, ast.AnnAssign):
        return node.value is None
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_for_type_checkers(node: ast.stmt) -> bool:
    """Return whether a statement only serves annotations; `__future__` is imported for them."""
    if isinstance(node, ast.ImportFrom):
        return node.module == "__future__"
    name = node.test if isinstance(node, ast.If) else None
    if isinstance(node, ast.Assign):
        name = node.targets[0]
    return isinstance(name, ast.Name) and name.id == "TYPE_CHECKING"


def _reduce_indentation(source: str) -> str:
    """Return source code with one space for each four, except within strings of several lines."""
    within_strings: set[int] = set()
    # A string of several lines has three quotes or a backslash at the end of a line.
    if any(mark in source for mark in ('"""', "'''", "\\\n")):
        within_strings = {
            line
            for token in tokenize.generate_tokens(io.StringIO(source).readline)
            if token.type not in (tokenize.NEWLINE, tokenize.NL)
            for line in range(token.start[0] + 1, token.end[0] + 1)
        }
    return "".join(
        line if number in within_strings else _reduce_line(line)
        for number, line in enumerate(source.splitlines(keepends=True), 1)
    )


def _reduce_line(line: str) -> str:
    code = line.lstrip(" ")
    return " " * ((len(line) - len(code)) // 4) + code if code.strip() else code
