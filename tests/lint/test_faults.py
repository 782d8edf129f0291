"""Faults put into the sample's own template, which no other tool of the trade sees.

cfn-lint, Checkov, Trivy, cfn-guard, cdk-nag and CDK's own validation pass all of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from streaming_construct.lint.linter import lint_path

SAMPLE = Path(__file__).parents[1] / "sample" / "StreamingSample.template.json"


def the(template: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return the properties of the one resource of a type."""
    (found,) = (each for each in template["Resources"].values() if each["Type"] == kind)
    return dict[str, Any](found)["Properties"]  # type: ignore[no-any-return]


def streamed(template: dict[str, Any]) -> dict[str, Any]:
    """Return the first integration that streams."""
    for item in the(template, "AWS::ApiGateway::RestApi")["Body"]["paths"].values():
        for operation in item.values():
            integration: dict[str, Any] = operation["x-amazon-apigateway-integration"]
            if integration.get("responseTransferMode") == "STREAM":
                return integration
    raise AssertionError


def no_such_mode(template: dict[str, Any]) -> None:
    streamed(template)["responseTransferMode"] = "BANANA"


def other_address(template: dict[str, Any]) -> None:
    integration = streamed(template)
    text = json.dumps(integration["uri"]).replace("2021-11-15", "2015-03-31")
    integration["uri"] = json.loads(text.replace("/response-streaming-invocations", "/invocations"))


def endless(template: dict[str, Any]) -> None:
    streamed(template)["timeoutInMillis"] = 999_999_999


def too_new(template: dict[str, Any]) -> None:
    the(template, "AWS::ApiGateway::RestApi")["Body"]["openapi"] = "3.1.0"


def no_preflight(template: dict[str, Any]) -> None:
    paths = the(template, "AWS::ApiGateway::RestApi")["Body"]["paths"]
    for item in paths.values():
        item.pop("options", None)


def other_path(template: dict[str, Any]) -> None:
    settings = the(template, "AWS::ApiGateway::Stage")["MethodSettings"]
    settings.append(
        {"ResourcePath": "/~1nothing~1here", "HttpMethod": "GET", "ThrottlingRateLimit": 1}
    )


def no_such_endpoint(template: dict[str, Any]) -> None:
    the(template, "AWS::ApiGateway::RestApi")["EndpointConfiguration"]["Types"] = ["BANANA"]


@pytest.mark.parametrize(
    ("break_it", "rule"),
    [
        (no_such_mode, "transfer-mode-invalid"),
        (other_address, "transfer-mode-mismatch"),
        (endless, "timeout-out-of-range"),
        (too_new, "openapi-version"),
        (no_preflight, "cors-incomplete"),
        (other_path, "method-setting-unmatched"),
        (no_such_endpoint, "endpoint-type-invalid"),
    ],
)
def test_a_fault_has_one_finding(
    break_it: Callable[[dict[str, Any]], None], rule: str, tmp_path: Path
) -> None:
    """The one that names it, and no other: the sample has none to begin with."""
    template = json.loads(SAMPLE.read_text())
    break_it(template)
    file = tmp_path / "template.json"
    file.write_text(json.dumps(template))

    assert [finding.rule.id for finding in lint_path(file).findings] == [rule]
