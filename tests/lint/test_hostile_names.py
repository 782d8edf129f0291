"""Names with control characters and workflow commands: every command escapes them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from streaming_construct.cli import Commands

EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\r::error::forged\n::warning::second\n##[error]x\u202e\x1b[8m"
FORGED = re.compile(r"^\s*::(error|warning)::|##\[", re.MULTILINE)
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\ud800-\udfff]")


def api_template() -> dict[str, Any]:
    """Return a template whose names are all hostile, with findings that quote them."""
    integration = {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "responseTransferMode": "STREAM" + EVIL,
        "timeoutInMillis": 99_999_999,
        "uri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
        "arn:aws:lambda:us-east-1:123456789012:function:f/invocations",
    }
    operation = {"responses": {}, "x-amazon-apigateway-integration": integration}
    body = {
        "openapi": "3.0.1",
        "info": {"title": "t", "version": "1"},
        "paths": {f"/x{EVIL}/{{p+}}/more": {"get": operation}},
    }
    name = "Api" + EVIL
    stage = {"RestApiId": {"Ref": name}, "StageName": "p" + EVIL}
    return {
        "Resources": {
            name: {
                "Type": "AWS::ApiGateway::RestApi",
                "Properties": {"Name": "n" + EVIL, "Body": body},
            },
            "S": {"Type": "AWS::ApiGateway::Stage", "Properties": stage},
        }
    }


def run(*arguments: str) -> str:
    """Return all output of a command."""
    result = CliRunner().invoke(Commands("streaming-construct"), arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.stdout + result.stderr


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A hostile template with a hostile file name."""
    monkeypatch.chdir(tmp_path)
    name = "x\n::error::file\x1b[2J.json"
    Path(name).write_text(json.dumps(api_template()))
    return name


@pytest.mark.parametrize("report_format", ["text", "json", "sarif", "github"])
def test_lint_escapes_names(template: str, report_format: str) -> None:
    """In each format, and in the notes on standard error."""
    output = run("lint", "--format", report_format, template)

    assert "forged" in output
    assert not CONTROL.search(output)
    if report_format in ("text", "github"):
        assert not FORGED.search(output)


def test_lint_escapes_the_excerpt_of_a_file(tmp_path: Path) -> None:
    """YAML allows control characters only in comments, but bidirectional ones anywhere."""
    file = tmp_path / "t.yaml"
    file.write_text(
        json.dumps(api_template(), indent=1).replace(
            '"timeoutInMillis"', '"\u202e": 1, "timeoutInMillis"'
        )
    )

    assert "\u202e" not in run("lint", str(file))


def test_errors_escape_names(template: str) -> None:
    """Those of unreadable files, and of options."""
    Path("bad\n::error::b\x1b.json").write_text("{")
    for arguments in (
        ("lint", "bad\n::error::b\x1b.json"),
        ("lint", "missing\n::error::b\x1b.json"),
        ("local", template, "--stack", EVIL),
        ("local", "bad\n::error::b\x1b.json"),
    ):
        output = run(*arguments)
        assert "rror" in output
        assert not CONTROL.search(output), ascii(output)
        assert not FORGED.search(output), ascii(output)


def test_openapi_convert_escapes_names(tmp_path: Path) -> None:
    """In the report of omissions, and in errors."""
    operation = {"responses": {"200": {"description": "x"}}, "callbacks": {EVIL: {}}}
    document = {
        "openapi": "3.0.1",
        "info": {"title": "t", "version": "1"},
        "paths": {f"/x{EVIL}/{{p+}}/more": {"get": operation}},
    }
    file = tmp_path / "o.json"
    file.write_text(json.dumps(document))
    output = run("openapi", "convert", str(file))

    assert not CONTROL.search(output)
    assert not FORGED.search(output)
