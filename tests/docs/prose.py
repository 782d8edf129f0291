"""Sentences of the documentation, and the rules of plain technical English that they break.

`python -m tests.docs.prose` prints the problems.
"""

from __future__ import annotations

import ast
import gc
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final

import click
from markdown_it import MarkdownIt

from streaming_construct.cli import Commands

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "streaming_construct"
MAX_WORDS: Final = 25

_PERSON: Final = (
    r"(?:administrator|attacker|author|caller|client|customer|developer|engineer|maintainer|"
    r"operator|people|person|principal|reader|reviewer|team|those|user|visitor)s?"
)
# A pattern, and what to write instead.
_PATTERNS: Final[Mapping[str, str]] = {
    r"^What\b(?!.*\?$)": "begin with the noun that the clause stands for",
    r"\b[Ww]hoever\b": "name the person or the component",
    r"\bof (?:its|one's|their|your|his) own\b": "write `its own …`, or leave it out",
    r"\b(?:is|are|was|were) (?:told|said|asked|given)\b": "name the actor and use the active voice",
    r"\bto be (?:had|read|known)\b": "name the actor and use the active voice",
    r"\b[Mm]end(?:s|ed|ing)?\b": "write `fix`",
    r"\b(?:[Nn]o|[Aa]ny|[Ss]ome|[Ee]very)body\b": "name the caller, the user or the component",
    r"\b[Ff]or want of\b": "write `without` or `because … is missing`",
    r", say\b": "write `for example`",
    r"\bwithout a word\b": "write `silently` or `without an error`",
    r"\b[Aa]nswer(?:s|ed|ing)?\b": "write `response`, or `returns` with its status",
    r"\bpieces?\b": "write `chunk` or `part`",
    r"\banew\b": "write `again`",
    r"\b[Ss]ays? so\b": "write `reports` or `shows` with its object",
    r"\b[Ww]herever\b": "write `where` or `if`",
    r"\b(?:hears?|heard)\b": "write `receives`",
    r"(?<!is )(?<!are )(?<!was )(?<!were )\btold\b": "write `reported` or `named`",
    r"\bbr(?:eaks?|oke|oken) off\b": "write `truncated` or `disconnected`",
    r"\bg(?:ive[sn]?|ave) up\b": "write `stops` or `times out`",
    r"\b(?:[Bb]ehaviour|[Cc]olour|[Hh]onour|[Ff]avour|[Nn]eighbour|[Cc]ancelled|[Ll]icence)": (
        "use American spelling"
    ),
}
# Most sentences match no pattern: one search in place of one for each.
_ANY_PATTERN: Final = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS))
_RELATIVE_WHO: Final = re.compile(r"\b[Ww]ho\b")
_PERSON_BEFORE_WHO: Final = re.compile(rf"\b{_PERSON},? who$", re.IGNORECASE)
_MIN_MESSAGE_WORDS: Final = 3
# A message without a subject, also behind a prefix: f"{name}: its code is missing".
_PRONOUN_FIRST: Final = re.compile(r"(?:`value`: )?[Ii]ts? \S")
_PRONOUN_QUOTE: Final = re.compile(r"[\"'](?:\{[^{}]*\}: )?[Ii]ts? ")
_SECTIONS: Final = frozenset({"Args:", "Attributes:", "Raises:", "Returns:", "Yields:"})
_NEXT_ENTRY: Final = re.compile(r"\n(?= {4}\S)")
_ENTRY: Final = re.compile(r"^\s*[\w*]+(?:,\s+[\w*]+)*:")
_CODE: Final = re.compile(r"`[^`]*`")
_SENTENCE_END: Final = re.compile(
    r"""(?:(?<=[.!?])|(?<=[.!?][*_)"']))\s+(?=[*_(\["']*(?:[A-Z\d\x00]|--))"""
)


def problems(sentence: str) -> list[str]:
    """Return the rules that a sentence breaks, each with its correction."""
    text = _CODE.sub("`code`", sentence)
    messages = [
        f"{match[0]!r}: {instead}"
        for pattern, instead in (_PATTERNS.items() if _ANY_PATTERN.search(text) else ())
        if (match := re.search(pattern, text))
    ]
    if any(not _PERSON_BEFORE_WHO.search(text[: m.end()]) for m in _RELATIVE_WHO.finditer(text)):
        messages.append("'who' without a person before it: name the person")
    words = [word for word in text.split() if re.search(r"\w", word) and "://" not in word]
    if len(words) > MAX_WORDS:
        messages.append(f"{len(words)} words: write at most {MAX_WORDS} in a sentence")
    return messages


def sentences(text: str) -> list[str]:
    """Split a paragraph into its sentences; a span of code is one word and never split."""
    codes: list[str] = []

    def hide(match: re.Match[str]) -> str:
        codes.append(match[0])
        return f"\0{len(codes) - 1}\0"

    hidden = _CODE.sub(hide, " ".join(text.split()))
    return [
        re.sub(r"\0(\d+)\0", lambda match: codes[int(match[1])], part).strip()
        for part in _SENTENCE_END.split(hidden)
        if part.strip()
    ]


def markdown_sentences(text: str) -> Iterator[str]:
    """Yield the sentences of paragraphs, list items and table cells; no headings, no code."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    for before, token in pairwise(tokens):
        if token.type == "inline" and before.type != "heading_open":
            parts = (
                f"`{child.content}`" if child.type == "code_inline" else child.content or " "
                for child in token.children or ()
                if child.type in {"text", "code_inline", "softbreak", "hardbreak"}
            )
            yield from sentences("".join(parts))


def python_sentences(source: str, *, has_messages: bool = True) -> Iterator[str]:
    """Yield the sentences of docstrings, comments and, if it has messages, of other strings.

    A string that begins with `#!` is a script.
    """
    # Every walk over the nodes of the package takes a second.
    nodes = list(ast.walk(ast.parse(source)))
    docstrings = list(_docstrings(nodes))
    for docstring in docstrings:
        for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(str(docstring.value))):
            for item in _items(paragraph):
                yield from sentences(item)
    for comment in _comments(source, nodes):
        yield from sentences(comment)
    for text in _texts(nodes, docstrings) if has_messages else ():
        if len(text.split()) > _MIN_MESSAGE_WORDS and not text.startswith("#!"):
            yield from sentences(text)


def messages_without_subject(source: str) -> list[str]:
    """Return the strings of a module that begin with `it` or `its`, except docstrings."""
    if not _PRONOUN_QUOTE.search(source):  # to parse every module would take seconds
        return []
    nodes = list(ast.walk(ast.parse(source)))
    return [text for text in _texts(nodes, list(_docstrings(nodes))) if _PRONOUN_FIRST.match(text)]


def _docstrings(nodes: list[ast.AST]) -> Iterator[ast.Constant]:
    """Yield the docstrings of modules, classes, functions and attributes."""
    for node in nodes:
        match node:
            case ast.Expr(value=ast.Constant(value=str()) as docstring):
                yield docstring


def _items(paragraph: str) -> list[str]:
    """Split a section such as `Args:` into its entries, and a list into its items."""
    section, _, entries = paragraph.partition("\n")
    if section in _SECTIONS:
        return [_ENTRY.sub("", entry, count=1) for entry in _NEXT_ENTRY.split(entries)]
    return re.split(r"\n(?=- )", paragraph)


def _comments(source: str, nodes: list[ast.AST]) -> Iterator[str]:
    """Yield blocks of comments, without `noqa` and `type: ignore` before a reason."""
    block: list[str] = []
    last = 0
    for number, comment in _comment_lines(source, nodes):
        if number != last + 1 and block:
            yield " ".join(block)
            block = []
        last = number
        block.append(re.sub(r"^#!?\s*((noqa|type: ignore)\S*( \S+\d,?)*( [-#])?)?\s*", "", comment))
    yield " ".join(block)


def _comment_lines(source: str, nodes: list[ast.AST]) -> Iterator[tuple[int, str]]:
    """Yield the number of each line with a comment, and the comment.

    A comment starts at the first `#` outside of strings. `tokenize` would take seconds.
    """
    strings: dict[int, list[tuple[int, int]]] = {}
    for node in nodes:
        if isinstance(node, ast.Constant | ast.JoinedStr):
            first, last = node.lineno, node.end_lineno or node.lineno
            for number in range(first, last + 1):
                start = node.col_offset if number == first else 0
                end = node.end_col_offset if number == last else None
                strings.setdefault(number, []).append((start, end or sys.maxsize))
    # Columns count bytes.
    for number, line in enumerate(source.encode().split(b"\n"), start=1):
        for match in re.finditer(b"#", line):
            column = match.start()
            if not any(start <= column < end for start, end in strings.get(number, ())):
                yield number, line[column:].decode()
                break


def _texts(nodes: list[ast.AST], docstrings: list[ast.Constant]) -> Iterator[str]:
    """Yield strings that are no docstrings; a value in an f-string counts as one word."""
    excluded = {id(docstring) for docstring in docstrings}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            excluded |= {id(part) for part in node.values}
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "`value`"
                for part in node.values
            )
        elif isinstance(value := getattr(node, "value", None), str) and id(node) not in excluded:
            yield value


def help_sentences() -> Iterator[str]:
    """Yield the sentences of the `--help` texts of every command."""
    group = Commands("streaming-construct")
    context = click.Context(group)
    pending = [group.get_command(context, name) for name in group.list_commands(context)]
    while pending:
        command = pending.pop()
        assert command is not None
        if isinstance(command, click.Group):
            pending += command.commands.values()
        texts = [command.help or ""]
        texts += [p.help or "" for p in command.params if isinstance(p, click.Option)]
        for text in texts:
            for paragraph in re.split(r"\n\s*\n", text.partition("\f")[0]):
                yield from sentences(paragraph.replace("\b", ""))


def units() -> dict[str, list[str]]:
    """Return every sentence that the rules apply to, by its unit.

    A unit is a page, a folder or module directly below the package, another folder, or `help`.
    """
    sentences = {"help": list(help_sentences())}
    pages = ("README.md", "CONTRIBUTING.md", "clients/README.md")
    for page in (*(ROOT / page for page in pages), *sorted(ROOT.glob("docs/*.md"))):
        text = page.read_text(encoding="utf-8")
        sentences[page.relative_to(ROOT).as_posix()] = list(markdown_sentences(text))
    gc.disable()  # half of the time would go to collections, and trees have no cycles
    for module in sorted(PACKAGE.rglob("*.py")):
        unit = f"streaming_construct/{module.relative_to(PACKAGE).parts[0]}"
        source = module.read_text(encoding="utf-8")
        sentences.setdefault(unit, []).extend(python_sentences(source))
    # Strings in these folders are programs and data, too.
    for folder in ("benchmarks", "clients", "lambda_src", "tools"):
        modules = sorted((ROOT / folder).rglob("*.py"))
        sentences[folder] = [
            sentence
            for module in modules
            for sentence in python_sentences(module.read_text(encoding="utf-8"), has_messages=False)
        ]
    gc.enable()
    return sentences


def main() -> None:
    """Print each sentence that breaks a rule, with what to write instead."""
    for unit, texts in units().items():
        for text in texts:
            for problem in problems(text):
                print(f"{unit}: {text}\n    {problem}")


if __name__ == "__main__":
    main()
