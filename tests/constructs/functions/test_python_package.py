"""Warnings about the source of a Python function."""

from __future__ import annotations

import sys
from pathlib import Path

from aws_cdk.assertions import Annotations, Match

from streaming_construct.constructs.functions.python_package import warn_of_unparsed_source
from tests.support.synthesis import new_function, new_stack


def test_syntax_of_a_newer_python_gets_a_warning(tmp_path: Path) -> None:
    """It names the file and the line. For a function of this Python it is an error."""
    (tmp_path / "index.py").write_text("def handler(:\n    pass\n")
    stack = new_stack()
    minor = sys.version_info.minor
    for name, python_minor in (("Newer", minor + 1), ("Same", minor)):
        function = new_function(stack, name)
        warn_of_unparsed_source(function, tmp_path, "index.handler", python_minor)

    annotations = Annotations.from_stack(stack)
    text = f"Python 3.{minor}, which runs the synthesis, cannot parse {tmp_path}/index.py:1: "
    annotations.has_warning("/Stack/Newer", Match.string_like_regexp(text))
    annotations.has_no_warning("/Stack/Same", Match.any_value())
