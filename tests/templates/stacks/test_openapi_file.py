"""An OpenAPI file without a stack: only its routes are checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from streaming_construct.lint.linter import lint_path

URI = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Chat.Arn}/invocations"


def document(uri: Any, version: str = "3.0.1") -> dict[str, Any]:
    operation = {
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "uri": uri,
            "responseTransferMode": "STREAM",
            "httpMethod": "POST",
            "timeoutInMillis": 60_000,
        }
    }
    return {
        "openapi": version,
        "info": {"title": "chat", "version": "1"},
        "paths": {"/chat": {"post": operation}},
    }


def rules(folder: Path, content: dict[str, Any]) -> dict[str, int | None]:
    file = folder / "openapi.json"
    file.write_text(json.dumps(content, indent=1))
    return {finding.rule.id: finding.location.line for finding in lint_path(file).findings}


def test_a_uri_with_substitutions_has_its_mode(tmp_path: Path) -> None:
    """SAM's `Fn::Sub`, and the templates of Terraform."""
    for uri in ({"Fn::Sub": URI}, {"Fn::Sub": [URI, {}]}, URI.replace("AWS::Region", "region")):
        assert rules(tmp_path, document(uri)) == {"transfer-mode-mismatch": 10}


def test_an_unsupported_version_has_its_line(tmp_path: Path) -> None:
    """A document without integrations may be meant for an import."""
    sound = URI.replace("2015-03-31", "2021-11-15").replace("/invoc", "/response-streaming-invoc")

    assert rules(tmp_path, document(sound, "3.1.0")) == {"openapi-version": 2}
    assert rules(tmp_path, document(sound, "3.0.3")) == {}


def test_yaml_is_read_with_its_lines(tmp_path: Path) -> None:
    """The version is in the first line."""
    file = tmp_path / "openapi.yaml"
    file.write_text("info: {title: chat, version: '1'}\nopenapi: 3.1.0\npaths: {}\n")
    (finding,) = lint_path(file).findings

    assert (finding.rule.id, finding.location.line) == ("openapi-version", 2)


@pytest.mark.parametrize(
    "members",
    [
        {"integrationSubtype": "SQS-SendMessage"},
        {"payloadFormatVersion": "2.0", "uri": URI},
        {"payloadFormatVersion": "1.0", "uri": "http://app.internal", "type": "http_proxy"},
    ],
)
def test_a_document_of_an_http_api_is_not_checked_as_a_rest_api(
    members: dict[str, Any], tmp_path: Path
) -> None:
    """Only HTTP APIs have the members of its integrations."""
    content = document(URI)
    operation = content["paths"]["/chat"]["post"]
    operation["x-amazon-apigateway-integration"] = {"type": "aws_proxy", **members}

    assert rules(tmp_path, content) == {}
