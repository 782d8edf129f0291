"""The example templates of the rules, written to a folder as the documentation describes them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from streaming_construct.documents.document import read_document
from streaming_construct.lint.linter import lint_path
from streaming_construct.reporting.report import build_report
from streaming_construct.rules.registry import RULES

_URI: Final = (
    "arn:aws:apigateway:${AWS::Region}:lambda:path/2021-11-15/functions/${Chat.Arn}/"
    "response-streaming-invocations"
)
_BODY: Final = """\
openapi: 3.0.1
info: {{title: Chat, version: "1"}}
paths:
  /chat:
    post:
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        uri: {uri}
        responseTransferMode: STREAM
        timeoutInMillis: 300000
"""

EXAMPLES: Final = Path(__file__).parents[1] / "rules" / "examples"


def with_example(suffix: str) -> list[str]:
    return [rule.id for rule in RULES if (EXAMPLES / f"{rule.id}.bad.{suffix}").is_file()]


def merge(template: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Return `template` with `change` merged into it; None removes a key."""
    result = dict(template)
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merge(result[key], value)
        else:
            result[key] = value
    return result


def write_example(name: str, folder: Path) -> Path:
    """Write an example, merged into the template it starts from, and the files it refers to."""
    for path, mode, text in (
        ("web", 0o755, b"#!/bin/bash\nexec python app.py\n"),
        ("web-plain", 0o644, b"#!/bin/bash\nexec python app.py\n"),
        ("web-crlf", 0o755, b"#!/bin/bash\r\nexec python app.py\r\n"),
    ):
        (folder / path).mkdir()
        (folder / path / "run.sh").write_bytes(text)
        (folder / path / "run.sh").chmod(mode)
    for short, uri in (("-short", f"!Sub {_URI}"), ("", f'{{Fn::Sub: "{_URI}"}}')):
        (folder / f"body{short}.yaml").write_text(_BODY.format(uri=uri))
    template = dict(read_document(EXAMPLES / name).data)
    if "Transform" not in template:
        template = merge(dict(read_document(EXAMPLES / "base.yaml").data), template)
    file = folder / "template.json"
    file.write_text(json.dumps(template))
    return file


def lint_example(name: str, folder: Path) -> list[str]:
    """Return the rules that an example breaks."""
    result = lint_path(write_example(name, folder))
    return [
        finding.rule.id for finding in build_report(result.findings, result.suppressions).findings
    ]
