"""`openapi convert` writes the document to standard output and the report to standard error."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from streaming_construct.openapi.command import run_convert

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_converted_and_the_report_grouped(tmp_path: Path) -> None:
    """Standard output has only the document. The report groups omissions by reason."""
    file = tmp_path / "api.yaml"
    file.write_text(
        "openapi: 3.1.0\n"
        "paths:\n"
        "  /a: {get: {responses: {default: {description: x}}}}\n"
        "  /b: {get: {responses: {default: {description: x}}}}\n"
    )
    output, errors = io.StringIO(), io.StringIO()
    assert run_convert(str(file), output, errors) == 0
    assert json.loads(output.getvalue())["openapi"] == "3.0.1"
    assert errors.getvalue() == (
        "API Gateway supports neither default responses nor ranges of status codes:\n"
        "  GET /a: response default\n"
        "  GET /b: response default\n"
        "operations converted: 2; left out: 2\n"
    )


def test_an_error_writes_no_document(tmp_path: Path) -> None:
    """Standard error has every reason, and the exit status is 1."""
    file = tmp_path / "api.json"
    file.write_text('{"openapi": "3.1.0",\n "paths": {}}')
    output, errors = io.StringIO(), io.StringIO()
    assert run_convert(str(file), output, errors) == 1
    assert output.getvalue() == ""
    assert f"{file}:2:2: /paths: 0 operations" in errors.getvalue()
