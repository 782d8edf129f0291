"""Custom domain names of a template: options that API Gateway rejects are errors of lint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from streaming_construct.lint.linter import lint_path


def certificate(region: str) -> str:
    return f"arn:aws:acm:{region}:111122223333:certificate/0f"


def domain(**properties: Any) -> dict[str, Any]:
    members = {"DomainName": "api.example.com", **properties}
    return {"Type": "AWS::ApiGateway::DomainName", "Properties": members}


def edge(**properties: Any) -> dict[str, Any]:
    return domain(EndpointConfiguration={"Types": ["EDGE"]}, **properties)


def mapping(base_path: object) -> dict[str, Any]:
    properties = {"DomainName": "api.example.com", "BasePath": base_path}
    return {"Type": "AWS::ApiGateway::BasePathMapping", "Properties": properties}


def private(**properties: Any) -> dict[str, Any]:
    return {**domain(**properties), "Type": "AWS::ApiGateway::DomainNameV2"}


def version_2(**properties: Any) -> dict[str, Any]:
    members = {"DomainName": "api.example.com", **properties}
    return {"Type": "AWS::ApiGatewayV2::DomainName", "Properties": members}


NEWER: Final = {"SecurityPolicy": "SecurityPolicy_TLS13_1_3_2025_09"}
STRICT: Final = {**NEWER, "EndpointAccessMode": "STRICT"}
REGIONAL: Final = {"EndpointConfiguration": {"Types": ["REGIONAL"]}}
PRIVATE: Final = {"EndpointConfiguration": {"Types": ["PRIVATE"]}}
MUTUAL_TLS: Final = {"MutualTlsAuthentication": {"TruststoreUri": "s3://trust/store.pem"}}


def problems(resource: dict[str, Any], folder: Path) -> list[str]:
    file = folder / "template.json"
    file.write_text(json.dumps({"Resources": {"Domain": resource}}))
    findings = lint_path(file).findings
    assert {finding.location.logical_id for finding in findings} <= {"Domain"}
    assert {finding.rule.id for finding in findings} <= {
        "domain-name-invalid",
        "security-policy-invalid",
    }
    return [finding.problem for finding in findings]


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
        (domain(**REGIONAL, **NEWER), "needs an endpoint access mode"),
        (private(**NEWER), "needs an endpoint access mode"),
        (
            domain(**REGIONAL, EndpointAccessMode="BASIC", SecurityPolicy="TLS_1_2"),
            "an endpoint access mode requires a policy",
        ),
        (edge(**STRICT), "is not for an endpoint of type EDGE"),
        (domain(**REGIONAL, **STRICT, **MUTUAL_TLS), "mutual TLS cannot be combined"),
        (private(DomainName="API.internal"), "is not a name"),
        (version_2(DomainName="api.example.com/v1"), "is not a name"),
        (
            version_2(MutualTlsAuthentication={"TruststoreUri": "https://trust/store.pem"}),
            "is not the URI of an S3 object",
        ),
    ],
)
def test_an_invalid_domain_name_is_an_error(
    resource: dict[str, Any], problem: str, tmp_path: Path
) -> None:
    """The finding is at its resource. The template may have no API."""
    (message,) = problems(resource, tmp_path)

    assert problem in message


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
        domain(**REGIONAL, **STRICT),
        domain(**REGIONAL, **MUTUAL_TLS, SecurityPolicy="TLS_1_2"),
        edge(EndpointAccessMode="STRICT", SecurityPolicy="SecurityPolicy_TLS13_2025_EDGE"),
        private(**STRICT, CertificateArn=certificate("eu-west-1")),
        version_2(
            **MUTUAL_TLS, DomainNameConfigurations=[{"CertificateArn": certificate("eu-west-1")}]
        ),
    ],
)
def test_a_valid_or_unknown_domain_name_is_no_finding(
    resource: dict[str, Any], tmp_path: Path
) -> None:
    """An unknown value, and a stack with an unknown Region."""
    assert problems(resource, tmp_path) == []


def rest_domain(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::ApiGateway::RestApi", "Properties": properties}


def mapped(kind: str, domain_property: str, api_property: str, **properties: Any) -> dict[str, Any]:
    """Return the mapping of the domain name `Domain` to the API `Api`."""
    members = {domain_property: {"Ref": "Domain"}, api_property: {"Ref": "Api"}, **properties}
    return {"Type": kind, "Properties": members}


PUBLIC_MAPPING: Final = mapped("AWS::ApiGateway::BasePathMapping", "DomainName", "RestApiId")
PRIVATE_MAPPING: Final = mapped("AWS::ApiGateway::BasePathMappingV2", "DomainNameArn", "RestApiId")
API_MAPPING: Final = mapped(
    "AWS::ApiGatewayV2::ApiMapping", "DomainName", "ApiId", ApiMappingKey="chat/v1"
)


@pytest.mark.parametrize(
    ("domain_name", "api", "mapping_to_api", "problem"),
    [
        (domain(**REGIONAL), rest_domain(**REGIONAL), PUBLIC_MAPPING, ""),
        (private(), rest_domain(**PRIVATE), PRIVATE_MAPPING, ""),
        (version_2(), rest_domain(**REGIONAL), API_MAPPING, ""),
        (edge(), rest_domain(**REGIONAL), PUBLIC_MAPPING, ""),
        (domain(**REGIONAL), rest_domain(**PRIVATE), PUBLIC_MAPPING, "that of the API PRIVATE"),
        (private(), rest_domain(**REGIONAL), PRIVATE_MAPPING, "that of the API REGIONAL"),
        (domain(**REGIONAL, **STRICT), rest_domain(), PUBLIC_MAPPING, "STRICT rejects requests"),
        (edge(), rest_domain(**REGIONAL, **STRICT), PUBLIC_MAPPING, "STRICT rejects requests"),
        (edge(), rest_domain(**REGIONAL), API_MAPPING, "only Regional domain names support"),
        (
            domain(**REGIONAL, **STRICT),
            {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"ProtocolType": "HTTP"}},
            {**API_MAPPING, "Properties": {**API_MAPPING["Properties"], "ApiMappingKey": "v1"}},
            "an HTTP API cannot be mapped",
        ),
    ],
)
def test_a_mapping_must_fit_its_api_and_its_domain_name(
    domain_name: dict[str, Any],
    api: dict[str, Any],
    mapping_to_api: dict[str, Any],
    problem: str,
    tmp_path: Path,
) -> None:
    """Both are references. The finding is about the mapping."""
    file = tmp_path / "template.json"
    resources = {"Domain": domain_name, "Api": api, "Mapping": mapping_to_api}
    file.write_text(json.dumps({"Resources": resources}))

    findings = [
        finding for finding in lint_path(file).findings if finding.rule.id == "domain-name-invalid"
    ]

    assert [finding.location.logical_id for finding in findings] == (["Mapping"] if problem else [])
    assert all(problem in finding.problem for finding in findings)


def test_the_domain_name_of_a_sam_api_in_a_nested_stack_is_checked(tmp_path: Path) -> None:
    """The parent passes a parameter."""
    child = """\
Transform: AWS::Serverless-2016-10-31
Parameters: {Name: {Type: String}}
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      Domain: {DomainName: !Ref Name, CertificateArn: !Ref Certificate}
  Certificate: {Type: AWS::CertificateManager::Certificate}
"""
    (tmp_path / "child.yaml").write_text(child)
    parameters = {"TemplateURL": "child.yaml", "Parameters": {"Name": "API.example.com"}}
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": parameters}
    file = tmp_path / "template.json"
    file.write_text(json.dumps({"Resources": {"Child": nested}}))

    findings = [
        finding for finding in lint_path(file).findings if finding.rule.id == "domain-name-invalid"
    ]

    assert ["'API.example.com' is not a name" in finding.problem for finding in findings] == [True]
    assert findings[0].location.file == str(tmp_path / "child.yaml")


def test_the_domain_names_of_a_terraform_plan_are_checked(tmp_path: Path) -> None:
    """Of both types, and their mappings."""
    endpoint = {"endpoint_configuration": [{"types": ["EDGE"]}]}
    store = {"mutual_tls_authentication": [{"truststore_uri": "s3://trust/store.pem"}]}
    name = {"domain_name": "api.example.com"}
    resources = [
        ("aws_api_gateway_domain_name", "edge", {**name, **endpoint, **store}),
        ("aws_apigatewayv2_domain_name", "http", {"domain_name": "API.example.org"}),
        ("aws_api_gateway_base_path_mapping", "chat", {**name, "base_path": "chat/v1"}),
        ("aws_apigatewayv2_api_mapping", "v1", {**name, "api_mapping_key": "/v1"}),
    ]
    values = [
        {
            "address": f"{kind}.{label}",
            "mode": "managed",
            "type": kind,
            "name": label,
            "values": values,
        }
        for kind, label, values in resources
    ]
    plan = {
        "planned_values": {"root_module": {"resources": values}},
        "configuration": {"root_module": {}},
    }
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan))

    problems = {
        finding.location.logical_id: finding.problem for finding in lint_path(file).findings
    }

    assert "mutual TLS needs a Regional" in problems["aws_api_gateway_domain_name.edge"]
    assert "is not a name" in problems["aws_apigatewayv2_domain_name.http"]
    assert "several levels" in problems["aws_api_gateway_base_path_mapping.chat"]
    assert "'/v1' is not a base path" in problems["aws_apigatewayv2_api_mapping.v1"]
