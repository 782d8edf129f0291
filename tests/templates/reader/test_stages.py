"""An API has a separate model for each of its stages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from streaming_construct.lint.linter import lint_path, read
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.subject import Subject


def stage(name: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::ApiGateway::Stage",
        "Properties": {
            "RestApiId": {"Ref": "Api"},
            "DeploymentId": "deployed",
            "StageName": name,
            **properties,
        },
    }


def template(folder: Path, **more: Any) -> Path:
    """Write an API with one streamed route and these resources."""
    function = "arn:aws:lambda:eu-west-1:111122223333:function:chat"
    integration = {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": "arn:aws:apigateway:eu-west-1:lambda:path/2021-11-15/functions/"
        f"{function}/response-streaming-invocations",
        "responseTransferMode": "STREAM",
        "timeoutInMillis": 60000,
    }
    paths = {"/chat": {"get": {"x-amazon-apigateway-integration": integration}}}
    api = {
        "Type": "AWS::ApiGateway::RestApi",
        "Properties": {
            "Body": {"openapi": "3.0.1", "paths": paths},
            "EndpointConfiguration": {"Types": ["REGIONAL"]},
        },
    }
    file = folder / "template.json"
    file.write_text(json.dumps({"Resources": {"Api": api, **more}}))
    return file


def test_each_stage_is_checked_separately(tmp_path: Path) -> None:
    """A finding about a stage names it. A finding about the API is reported once."""
    limited = {"ResourcePath": "/*", "HttpMethod": "*", "ThrottlingRateLimit": 5}
    two_stages = template(
        tmp_path,
        Dev=stage("dev"),
        Prod=stage("prod", MethodSettings=[{**limited, "ThrottlingBurstLimit": 5}]),
    )

    findings = [(finding.rule.id, finding.subject) for finding in lint_path(two_stages).findings]

    assert findings == [
        ("throttling-not-configured", Subject("stage", "dev")),
        ("access-log-disabled", Subject("stage", "dev")),
        ("access-log-disabled", Subject("stage", "prod")),
    ]


@pytest.mark.parametrize("kind", ["Stage", "Deployment"])
def test_a_stage_of_an_unknown_api_may_be_one_of_this_api(tmp_path: Path, kind: str) -> None:
    """The API is not reported as one without a stage."""
    resource = stage("prod", RestApiId={"Fn::ImportValue": "ApiId"})
    resource["Type"] = f"AWS::ApiGateway::{kind}"

    findings = [
        finding.rule.id for finding in lint_path(template(tmp_path, Prod=resource)).findings
    ]

    assert "stage-missing" not in findings
    assert "stage-missing" in [f.rule.id for f in lint_path(template(tmp_path)).findings]


@pytest.mark.parametrize(
    ("rate", "reason"), [({"Ref": "Nowhere"}, "Nowhere"), ("fast", "is 'fast', not a number")]
)
def test_a_throttle_without_a_known_number_is_named_and_not_absent(
    tmp_path: Path, rate: object, reason: str
) -> None:
    """Neither is a stage without limits."""
    limited = {"ResourcePath": "/*", "HttpMethod": "*", "ThrottlingRateLimit": rate}
    file = template(tmp_path, Prod=stage("prod", MethodSettings=[limited]))

    _, (declaration,) = read(file)
    rules = {finding.rule.id for finding in lint_path(file).findings}

    assert isinstance(declaration, Declaration)
    (text,) = declaration.api.stage.unresolved.values()
    assert reason in text
    assert "throttling-not-configured" not in rules


def test_the_extra_stage_of_the_sam_deployment_is_ignored(tmp_path: Path) -> None:
    """No author intends it, and there is another stage."""
    deployment = {
        "Type": "AWS::ApiGateway::Deployment",
        "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "Stage"},
    }
    alone = read(template(tmp_path, Deployment=deployment))[1]
    beside = read(template(tmp_path, Deployment=deployment, Prod=stage("Prod")))[1]

    assert [
        declaration.api.stage.name for declaration in alone if isinstance(declaration, Declaration)
    ] == ["Stage"]
    assert [
        declaration.api.stage.name for declaration in beside if isinstance(declaration, Declaration)
    ] == ["Prod"]
