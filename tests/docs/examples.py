"""The Python examples of the pages, run by Sybil: a failure has its line of the page."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from sybil import Document, Example, Lexeme
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import CodeBlockParser

from tests.docs.pages import DOCS, find_section

PARSER = CodeBlockParser("python", PythonEvaluator())
AS_ON_THE_PAGE: Mapping[str, str] = MappingProxyType({})


def list_examples(name: str, heading: str | None = None) -> list[Example]:
    """Return the Python blocks of a page, or of the section below a heading.

    The text of each is its `parsed`. The name of a page is its path below `docs` without `.md`.
    """
    document = Document.parse(str((DOCS / f"{name}.md").resolve()), PARSER)
    text = document.text if heading is None else find_section(document.text, heading)
    start = document.text.index(text)
    return [example for example in document if start <= example.start < start + len(text)]


def run_example(
    example: Example,
    names: dict[str, Any] | None = None,
    replacements: Mapping[str, str] = AS_ON_THE_PAGE,
) -> dict[str, Any]:
    """Run an example with names, after replacements in its text. Return all names then.

    It is compiled by itself, so that no `__future__` import of the test applies to it.
    """
    example = copy.copy(example)
    example.namespace = {} if names is None else names
    for text, other in replacements.items():
        lexeme = example.parsed
        example.parsed = Lexeme(lexeme.replace(text, other), lexeme.offset, lexeme.line_offset)
    example.evaluate()
    return example.namespace


def run_app(
    example: Example, folder: Path, replacements: Mapping[str, str] = AS_ON_THE_PAGE
) -> Path:
    """Run an example that synthesizes `App()`, as a reader would in `folder`; return its assembly.

    It runs in this process: a new one would start Node.js and import CDK, which takes seconds.
    """
    assembly = folder / "cdk.out"
    options = f"outdir={str(assembly)!r}, builtin_cloud_formation_validation=False"
    assert "App()" in example.parsed
    app = {"App()": f"App({options}, analytics_reporting=False)"}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        run_example(example, replacements={**replacements, **app})
    return assembly
