"""The code blocks of a page in any language, as Sybil finds them."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from sybil import Document
from sybil.parsers.markdown.lexers import FencedCodeBlockLexer

_LEXER: Final = FencedCodeBlockLexer(language=".*")


def list_blocks(text: str, language: str) -> list[str]:
    """Return the code blocks in a language, those in lists included."""
    return [code for name, code in _list_fences(text) if name == language]


def list_named_blocks(text: str) -> dict[str, str]:
    """Return the blocks that begin with `# <file name>`, by name; of two, the later one."""
    candidates = ((re.match(r"# (\S+\.\w+)\n", code), code) for _, code in _list_fences(text))
    return {match[1]: code for match, code in candidates if match}


@cache
def _list_fences(text: str) -> tuple[tuple[str, str], ...]:
    """Return the language and the code of each block."""
    regions = _LEXER(Document(text, path=""))
    return tuple(
        (region.lexemes["language"].strip(), str(region.lexemes["source"])) for region in regions
    )
