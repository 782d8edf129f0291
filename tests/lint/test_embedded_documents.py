"""JSON and YAML in strings of a template or a plan: hostile text is an unknown value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from streaming_construct.lint.linter import lint_path

TEXTS = {
    "depth": "{" * 100_000,
    "depth of lists": "[" * 1000 + "]" * 1000,
    "digits": '{"a": ' + "9" * 10_000 + "}",
    "not JSON": "not json: [",
    "surrogate": '{"a": "\\ud800"}',
    "aliases": "a: &a [x, x]\n" + "".join(f"a{n}: &a{n} [*a, *a]\n" for n in range(3)),
    "empty": "",
}


def method_template(text: str) -> dict[str, Any]:
    """Return a template with a model and an access log format as text."""
    api = {"Ref": "Api"}
    types = "AWS::ApiGateway::"
    return {
        "Resources": {
            "Api": {"Type": f"{types}RestApi", "Properties": {"Name": "x"}},
            "Model": {
                "Type": f"{types}Model",
                "Properties": {"RestApiId": api, "Name": "m", "Schema": text},
            },
            "Validator": {
                "Type": f"{types}RequestValidator",
                "Properties": {"RestApiId": api, "ValidateRequestBody": True},
            },
            "Post": {
                "Type": f"{types}Method",
                "Properties": {
                    "RestApiId": api,
                    "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
                    "HttpMethod": "POST",
                    "AuthorizationType": "NONE",
                    "RequestModels": {"application/json": "m"},
                    "RequestValidatorId": {"Ref": "Validator"},
                    "Integration": {"Type": "MOCK"},
                },
            },
            "Deployment": {
                "Type": f"{types}Deployment",
                "DependsOn": "Post",
                "Properties": {"RestApiId": api},
            },
            "Stage": {
                "Type": f"{types}Stage",
                "Properties": {
                    "RestApiId": api,
                    "DeploymentId": {"Ref": "Deployment"},
                    "StageName": "p",
                    "AccessLogSetting": {"DestinationArn": "arn:aws:logs:::x", "Format": text},
                },
            },
        }
    }


def terraform_plan(text: str) -> dict[str, Any]:
    """Return a plan with a body and two policies as text."""
    resources = [
        {"type": "aws_api_gateway_rest_api", "name": "a", "address": "aws_api_gateway_rest_api.a"},
        {"type": "aws_iam_role", "name": "r", "address": "aws_iam_role.r"},
    ]
    values = [
        {"body": text, "policy": text},
        {"assume_role_policy": text, "inline_policy": [{"policy": text}]},
    ]
    planned = [
        {**resource, "mode": "managed", "values": value}
        for resource, value in zip(resources, values, strict=True)
    ]
    return {
        "format_version": "1.2",
        "terraform_version": "1.9",
        "planned_values": {"root_module": {"resources": planned}},
        "configuration": {"root_module": {"resources": resources}},
    }


@pytest.mark.parametrize("document", [method_template, terraform_plan])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_hostile_text_raises_no_exception(tmp_path: Path, document: Any, text: str) -> None:
    """No message quotes all of it."""
    file = tmp_path / "document.json"
    file.write_text(json.dumps(document(text)))
    result = lint_path(file, {})
    messages = [*(finding.message for finding in result.findings), *result.notes]

    assert sum(map(len, messages)) < 5000
