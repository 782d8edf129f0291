"""The summary of a failure of a function: the error and its fix."""

from __future__ import annotations

import pytest

from streaming_construct.local.lambda_.invocation import FunctionError

DEPENDENCIES = "to the dependencies of the function."


@pytest.mark.parametrize(
    ("kind", "message", "end"),
    [
        ("KeyError", "'x'", "KeyError: 'x'"),
        ("AssertionError", "", "AssertionError"),
        (
            "Runtime.HandlerNotFound",
            "Handler 'handel' missing on module 'index'",
            "'index'. Define the handler, or correct the property Handler of the function.",
        ),
        (
            "Runtime.ImportModuleError",
            "Unable to import module 'main': No module named 'main'",
            "named 'main'. Create the module main, or correct the property Handler.",
        ),
        (
            "Runtime.ImportModuleError",
            "Unable to import module 'index': No module named 'numpy'",
            f"No module named 'numpy'. Add the package with numpy {DEPENDENCIES}",
        ),
        (
            "Runtime.ImportModuleError",
            "Unable to import module 'index': No module named 'boto3'",
            "No module named 'boto3'",
        ),
        (
            "Runtime.ImportModuleError",
            "Error: Cannot find module 'zod'\nRequire stack:\n- /var/task/index.js",
            f"Error: Cannot find module 'zod'. Add the package with zod {DEPENDENCIES}",
        ),
        (
            "Runtime.ImportModuleError",
            "Unable to import module 'index': no region",
            "no region. Correct what the module of the handler does when it is imported.",
        ),
        (
            "Runtime.UserCodeSyntaxError",
            "Syntax error in module 'index': invalid syntax (index.py, line 3)",
            "of the declared Python version, install that version.",
        ),
    ],
)
def test_the_summary_names_the_fix(kind: str, message: str, end: str) -> None:
    summary = FunctionError(kind, message).summary

    assert summary.startswith(kind)
    assert message.partition("\n")[0] in summary
    assert summary.endswith(end)
    assert "\n" not in summary
