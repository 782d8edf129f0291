"""An invented value at each enumeration is kept, reported once, and no error by itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from streaming_construct.lint.linter import lint_path
from streaming_construct.model.declaration import Declaration
from streaming_construct.rules.rule import Severity
from streaming_construct.templates.reader.api_reader import read_declarations
from tests.templates.reader.test_api_reader import get_att, operation, read, resources, stack

AUTHORIZER = "x-amazon-apigateway-authorizer"
INTEGRATION = "x-amazon-apigateway-integration"


def scheme(**authorizer: Any) -> dict[str, Any]:
    return {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        AUTHORIZER: {
            "type": "jwt",
            "identitySource": "method.request.header.Authorization",
            "jwtConfiguration": {
                "issuers": [{"issuer": "https://id.example.com", "audiences": ["chat"]}],
                "defaultAlgorithms": ["RS256"],
            },
            **authorizer,
        },
    }


def with_integration(**members: Any) -> dict[str, Any]:
    declared = operation(get_att())
    declared[INTEGRATION].update(members)
    return resources({"/": {"get": declared}})


def with_operation(**members: Any) -> dict[str, Any]:
    return resources({"/": {"get": {**operation(get_att()), **members}}})


def with_scheme(declared: dict[str, Any]) -> dict[str, Any]:
    template = with_operation(security=[{"Id": []}])
    template["Api"]["Properties"]["Body"]["components"] = {"securitySchemes": {"Id": declared}}
    return template


def with_body(**members: Any) -> dict[str, Any]:
    template = with_operation()
    template["Api"]["Properties"]["Body"].update(members)
    return template


def with_function(**properties: Any) -> dict[str, Any]:
    template = with_operation()
    template["Fn"]["Properties"].update(properties)
    return template


def with_method(**properties: Any) -> dict[str, Any]:
    template = with_operation()
    integration = {"Type": "MOCK", **properties.pop("Integration", {})}
    template["Method"] = {
        "Type": "AWS::ApiGateway::Method",
        "Properties": {
            "RestApiId": {"Ref": "Api"},
            "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
            "HttpMethod": "POST",
            "AuthorizationType": "NONE",
            "Integration": integration,
            **properties,
        },
    }
    return template


def with_jwt(**members: Any) -> dict[str, Any]:
    declared = scheme()
    declared[AUTHORIZER]["jwtConfiguration"].update(members)
    return with_scheme(declared)


def with_quota(period: str) -> dict[str, Any]:
    template = with_operation()
    template["Plan"] = {
        "Type": "AWS::ApiGateway::UsagePlan",
        "Properties": {"Quota": {"Limit": 1, "Period": period}},
    }
    return template


def with_api(**properties: Any) -> dict[str, Any]:
    template = with_operation()
    template["Api"]["Properties"].update(properties)
    return template


CLAIM = {"claimName": "tenant", "format": "INVENTED"}
INVENTED: dict[str, dict[str, Any]] = {
    "integration type": with_integration(type="INVENTED"),
    "integration type of a method": with_method(Integration={"Type": "INVENTED"}),
    "transfer mode": with_integration(responseTransferMode="INVENTED"),
    "content handling": with_integration(contentHandling="INVENTED"),
    "passthrough": with_integration(passthroughBehavior="INVENTED"),
    "connection": with_integration(connectionType="INVENTED"),
    "integration member": with_integration(newMember="INVENTED"),
    "integration member of a method": with_method(Integration={"NewMember": "INVENTED"}),
    "operation extension": with_operation(**{"x-amazon-apigateway-new": "INVENTED"}),
    "auth extension": with_operation(**{"x-amazon-apigateway-auth": {"type": "INVENTED"}}),
    "authorization type": with_method(AuthorizationType="INVENTED"),
    "method": with_method(HttpMethod="INVENTED"),
    "path member": resources({"/": {"get": operation(get_att()), "invented": "INVENTED"}}),
    "path item": resources({"/": {"get": operation(get_att())}, "/x": "INVENTED"}),
    "document extension": with_body(**{"x-amazon-apigateway-new": "INVENTED"}),
    "gateway response": with_body(**{"x-amazon-apigateway-gateway-responses": {"INVENTED": {}}}),
    "key source": with_api(ApiKeySourceType="INVENTED"),
    "endpoint type": with_api(EndpointConfiguration={"Types": ["INVENTED"]}),
    "authorizer type": with_scheme(scheme(type="INVENTED")),
    "authorizer member": with_scheme(scheme(newMember="INVENTED")),
    "scheme type": with_scheme({"type": "INVENTED"}),
    "scheme extension": with_scheme({**scheme(), "x-amazon-apigateway-new": "INVENTED"}),
    "auth type": with_scheme(
        {"type": "apiKey", "name": "a", "in": "header", "x-amazon-apigateway-authtype": "INVENTED"}
    ),
    "algorithm": with_jwt(defaultAlgorithms=["INVENTED"]),
    "claim format": with_jwt(
        issuers=[
            {
                "issuer": "https://id.example.com",
                "audiences": ["chat"],
                "additionalClaims": [CLAIM],
            }
        ]
    ),
    "jwt member": with_jwt(newMember="INVENTED"),
    "runtime": with_function(Runtime="INVENTED"),
    "package": with_function(PackageType="INVENTED"),
    "architecture": with_function(Architectures=["INVENTED"]),
    "tenancy": with_function(TenancyConfig={"TenantIsolationMode": "INVENTED"}),
    "log format": with_function(LoggingConfig={"LogFormat": "INVENTED"}),
    "log level": with_function(LoggingConfig={"ApplicationLogLevel": "INVENTED"}),
    "snap start": with_function(SnapStart={"ApplyOn": "INVENTED"}),
    "tracing": with_function(TracingConfig={"Mode": "INVENTED"}),
    "function property": with_function(NewProperty="INVENTED"),
    "quota": with_quota("INVENTED"),
}


def with_v2_api(protocol: str) -> dict[str, Any]:
    return {"Http": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"ProtocolType": protocol}}}


@pytest.mark.parametrize("other_resources", [{}, with_operation()])
@pytest.mark.parametrize(
    ("template", "problem"),
    [
        (with_v2_api("INVENTED"), "API Http streaming-construct does not know ProtocolType"),
        (
            {"Http": {"Type": "AWS::ApiGatewayV2::Invented"}},
            "resource Http streaming-construct does not know Type",
        ),
    ],
)
def test_a_template_of_any_api_reports_its_unknown_resources(
    template: dict[str, Any], problem: str, other_resources: dict[str, Any], tmp_path: Path
) -> None:
    """Once, with and without a REST API in the template."""
    file = tmp_path / "template.json"
    file.write_text(json.dumps({"Resources": {**template, **other_resources}}))

    (unknown,) = [
        finding for finding in lint_path(file).findings if finding.rule.id == "not-understood"
    ]

    assert f"{unknown.subject} {unknown.problem}".startswith(problem)
    assert unknown.location.logical_id == "Http"


@pytest.mark.parametrize("protocol", ["HTTP", "WEBSOCKET"])
def test_a_known_protocol_is_not_reported(protocol: str, tmp_path: Path) -> None:
    """For both products."""
    file = tmp_path / "template.json"
    file.write_text(json.dumps({"Resources": with_v2_api(protocol)}))

    assert not [
        finding for finding in lint_path(file).findings if finding.rule.id == "not-understood"
    ]


@pytest.mark.parametrize("kind", INVENTED)
def test_an_unknown_value_is_reported_and_is_no_error(kind: str, tmp_path: Path) -> None:
    """Once, as information, with the value."""
    file = tmp_path / "template.json"
    file.write_text(json.dumps({"Resources": INVENTED[kind]}))
    findings = lint_path(file).findings
    without = tmp_path / "without.json"
    without.write_text(json.dumps({"Resources": with_method()}))
    expected = {finding.rule.id for finding in lint_path(without).findings}

    (unknown,) = [finding for finding in findings if finding.rule.id == "not-understood"]
    assert "INVENTED" in unknown.problem
    assert unknown.rule.severity is Severity.INFO
    errors = {finding.rule.id for finding in findings if finding.rule.severity is Severity.ERROR}
    assert errors <= expected


def test_an_unknown_resource_type_is_reported() -> None:
    """The finding has its logical id."""
    template = {**with_operation(), "New": {"Type": "AWS::ApiGateway::Invented"}}
    (declaration,) = read_declarations([stack(template)])

    assert isinstance(declaration, Declaration)
    (element,) = declaration.unknown_elements
    assert str(element) == "resource New: streaming-construct does not know Type " + repr(
        "AWS::ApiGateway::Invented"
    )


@pytest.mark.parametrize(
    ("template", "part"),
    [
        (with_integration(responseTransferMode="INVENTED"), "ResponseTransferMode 'INVENTED'"),
        (with_integration(newMember=[1]), "NewMember [1]"),
    ],
)
def test_an_integration_keeps_an_unknown_value(template: dict[str, Any], part: str) -> None:
    """The 501 of the gateway has its text."""
    (route,) = read(template).routes

    assert [f"{name} {value}" for name, value in route.integration.unknown.items()] == [part]


@pytest.mark.parametrize("value", ["stream", "Buffered", "RESPONSE_STREAM"])
def test_a_value_that_aws_rejects_stays_an_error(value: str) -> None:
    """A different case, and a value of SAM."""
    (route,) = read(with_integration(responseTransferMode=value)).routes

    assert route.integration.invalid_transfer_mode == value
    assert route.integration.unknown == {}


def test_an_unresolved_value_is_not_unknown() -> None:
    """Another message has its reason."""
    template = with_integration(contentHandling={"Ref": "Nothing"})
    template["Fn"]["Properties"]["Runtime"] = {"Ref": "Nothing"}
    api = read(template)

    assert api.routes[0].integration.unknown == {}
    assert [function.unknown for function in api.functions.values()] == [{}]
