"""Custom domain names of a template: what API Gateway refuses of them is an error of lint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from streaming_construct.lint.linter import lint_path


def certificate(region: str) -> str:
    return f"arn:aws:acm:{region}:111122223333:certificate/0f"


def domain(**properties: Any) -> dict[str, Any]:
    known = {"DomainName": "api.example.com", **properties}
    return {"Type": "AWS::ApiGateway::DomainName", "Properties": known}


def edge(**properties: Any) -> dict[str, Any]:
    return domain(EndpointConfiguration={"Types": ["EDGE"]}, **properties)


def mapping(base_path: object) -> dict[str, Any]:
    properties = {"DomainName": "api.example.com", "BasePath": base_path}
    return {"Type": "AWS::ApiGateway::BasePathMapping", "Properties": properties}


def problems(resource: dict[str, Any], folder: Path) -> list[str]:
    file = folder / "template.json"
    file.write_text(json.dumps({"Resources": {"Domain": resource}}))
    found = lint_path(file).findings
    assert {(each.rule.id, each.location.logical_id) for each in found} <= {
        ("domain-name-invalid", "Domain")
    }
    return [each.problem for each in found]


@pytest.mark.parametrize(
    ("resource", "problem"),
    [
        (domain(DomainName="API.example.com"), "'API.example.com' is not a name"),
        (domain(DomainName="https://api.example.com"), "is not a name"),
        (edge(CertificateArn=certificate("eu-west-1")), "requires one in us-east-1"),
        (
            edge(MutualTlsAuthentication={"TruststoreUri": "s3://trust/store.pem"}),
            "mutual TLS needs a Regional domain name",
        ),
        (mapping("/v1"), "'/v1' is not a base path"),
        (mapping("chat/v1"), "has several levels"),
    ],
)
def test_what_cannot_be_deployed_is_reported(
    resource: dict[str, Any], problem: str, tmp_path: Path
) -> None:
    """At its resource, without an API in the template."""
    (found,) = problems(resource, tmp_path)

    assert problem in found


@pytest.mark.parametrize(
    "resource",
    [
        domain(DomainName={"Ref": "Name"}),
        domain(RegionalCertificateArn=certificate("eu-west-1")),
        domain(RegionalCertificateArn={"Ref": "Certificate"}),
        edge(CertificateArn=certificate("us-east-1")),
        mapping("v1"),
        mapping("(none)"),
        mapping(""),
        mapping({"Ref": "Path"}),
    ],
)
def test_what_may_be_deployed_is_not_reported(resource: dict[str, Any], tmp_path: Path) -> None:
    """Neither a value that is not known, nor a stack whose Region is not known."""
    assert problems(resource, tmp_path) == []
