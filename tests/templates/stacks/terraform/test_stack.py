"""A Terraform plan is read as the equivalent CloudFormation stack."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.lint.linter import lint_path, read
from streaming_construct.model.api import ApiModel
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.jwt_configuration import JwtClaim, JwtConfiguration, JwtIssuer

CORPUS = Path(__file__).parents[3] / "lint" / "corpus"
FIRST = json.loads((CORPUS / "terraform_first_apply.plan.json").read_text())
EXISTING = json.loads((CORPUS / "terraform_existing.plan.json").read_text())


@pytest.fixture
def plan() -> dict[str, Any]:
    """A plan of a first apply, in which no id and no ARN is known."""
    return copy.deepcopy(FIRST)


def values(plan: dict[str, Any], address: str) -> dict[str, Any]:
    resources = plan["planned_values"]["root_module"]["resources"]
    members: dict[str, Any] = next(e for e in resources if e["address"] == address)["values"]
    return members


def find_configured(plan: dict[str, Any], address: str) -> dict[str, Any]:
    resources = plan["configuration"]["root_module"]["resources"]
    resource: dict[str, Any] = next(e for e in resources if e["address"] == address)
    return resource


def write_plan(plan: dict[str, Any], folder: Path) -> Path:
    file = folder / "plan.json"
    file.write_text(json.dumps(plan))
    return file


def api_of(plan: dict[str, Any], folder: Path) -> ApiModel:
    (declaration,) = read(write_plan(plan, folder))[1]
    assert isinstance(declaration, Declaration)
    return declaration.api


def rules(plan: dict[str, Any], folder: Path) -> set[str]:
    return {finding.rule.id for finding in lint_path(write_plan(plan, folder)).findings}


def test_references_replace_unknown_ids(plan: dict[str, Any], tmp_path: Path) -> None:
    """The route has its path, its function and its permission."""
    api = api_of(plan, tmp_path)
    (route,) = api.routes

    assert str(route) == "POST /chat"
    assert route.integration.function == "chat"
    assert route.integration.transfer_mode is TransferMode.STREAM
    assert route.integration.unresolved == {}
    assert api.functions["chat"].timeout_seconds == 300
    assert api.stage.throttle is not None


def test_the_uri_of_buffered_invocations_is_distinguished(
    plan: dict[str, Any], tmp_path: Path
) -> None:
    """The expression has the name of the attribute."""
    uri = find_configured(plan, "aws_api_gateway_integration.chat")["expressions"]["uri"]
    uri["references"] = ["aws_lambda_function.chat.invoke_arn", "aws_lambda_function.chat"]

    assert "transfer-mode-mismatch" in rules(plan, tmp_path)


def test_a_composed_uri_is_read_as_intended(plan: dict[str, Any], tmp_path: Path) -> None:
    """A plan lists the names in an expression, and not the text between them."""
    uri = find_configured(plan, "aws_api_gateway_integration.chat")["expressions"]["uri"]
    uri["references"] = ["data.aws_region.now.region", "aws_lambda_function.chat.arn"]

    assert api_of(plan, tmp_path).routes[0].integration.function == "chat"
    assert "transfer-mode-mismatch" not in rules(plan, tmp_path)


def test_the_default_of_the_provider_is_no_explicit_timeout(
    plan: dict[str, Any], tmp_path: Path
) -> None:
    """Every plan has it, as 29,000."""
    del find_configured(plan, "aws_api_gateway_integration.chat")["expressions"][
        "timeout_milliseconds"
    ]
    values(plan, "aws_api_gateway_integration.chat")["timeout_milliseconds"] = 29_000

    assert "integration-timeout-default" in rules(plan, tmp_path)


def test_a_deployment_needs_dependencies_and_triggers(plan: dict[str, Any], tmp_path: Path) -> None:
    """Without dependencies it is too early, without triggers it happens only once."""
    deployment = find_configured(plan, "aws_api_gateway_deployment.api")
    del deployment["depends_on"]
    assert rules(plan, tmp_path) == {"access-log-disabled"}

    del deployment["expressions"]["triggers"]
    for change in plan["resource_changes"]:
        change["change"]["after_unknown"].pop("triggers", None)
    assert {"deployment-missing-depends-on", "deployment-not-updated"} <= rules(plan, tmp_path)


def test_a_permission_for_another_api_does_not_count(plan: dict[str, Any], tmp_path: Path) -> None:
    """The plan shows which API an expression refers to."""
    resources = plan["planned_values"]["root_module"]["resources"]
    api = next(
        resource for resource in resources if resource["address"] == "aws_api_gateway_rest_api.api"
    )
    resources.append({**api, "address": "aws_api_gateway_rest_api.old", "name": "old"})
    permission = find_configured(plan, "aws_lambda_permission.api")["expressions"]
    permission["source_arn"]["references"] = ["aws_api_gateway_rest_api.old.execution_arn"]

    assert "permission-source-mismatch" in rules(plan, tmp_path)


def test_a_missing_permission_is_a_finding(plan: dict[str, Any], tmp_path: Path) -> None:
    """In a template it is one, too."""
    resources = plan["planned_values"]["root_module"]["resources"]
    resources[:] = [
        resource for resource in resources if resource["type"] != "aws_lambda_permission"
    ]

    assert "permission-missing" in rules(plan, tmp_path)


def test_known_ids_are_resolved(tmp_path: Path) -> None:
    """A plan of an existing API has them. Its Region and account are those of the model."""
    api = api_of(EXISTING, tmp_path)

    assert api.functions["chat"].arn == "arn:aws:lambda:eu-west-1:111122223333:function:chat"
    assert rules(EXISTING, tmp_path) == set()


def test_a_method_by_method_api_inside_a_module_is_read(
    plan: dict[str, Any], tmp_path: Path
) -> None:
    """A variable passes the function, from the output of another module."""
    root, config = plan["planned_values"]["root_module"], plan["configuration"]["root_module"]
    kinds = ("aws_lambda_function", "aws_iam_role")
    function = [resource for resource in root["resources"] if resource["type"] in kinds]
    api = [resource for resource in root["resources"] if resource["type"] not in kinds]
    for name, resources in (("fn", function), ("api", api)):
        for configured_resource in resources:
            configured_resource["address"] = f"module.{name}.{configured_resource['address']}"
    root["resources"] = []
    root["child_modules"] = [
        {"address": "module.fn", "resources": function},
        {"address": "module.api", "resources": api},
    ]
    in_function = [resource for resource in config["resources"] if resource["type"] in kinds]
    in_api = [resource for resource in config["resources"] if resource["type"] not in kinds]
    integration = next(
        resource for resource in in_api if resource["type"] == "aws_api_gateway_integration"
    )
    integration["expressions"]["uri"] = {"references": ["var.streaming_arn"]}
    streaming = {"references": ["aws_lambda_function.chat.response_streaming_invoke_arn"]}
    config["resources"] = []
    config["module_calls"] = {
        "fn": {
            "module": {
                "resources": in_function,
                "outputs": {"streaming_arn": {"expression": streaming}},
            }
        },
        "api": {
            "module": {"resources": in_api},
            "expressions": {"streaming_arn": {"references": ["module.fn.streaming_arn"]}},
        },
    }
    for change in plan["resource_changes"]:
        change["address"] = (
            f"module.{'fn' if change['type'] in kinds else 'api'}.{change['address']}"
        )

    (route,) = api_of(plan, tmp_path).routes
    assert route.integration.function == "chat"
    assert rules(plan, tmp_path) == {"access-log-disabled"}


def test_an_unknown_body_is_reported(plan: dict[str, Any], tmp_path: Path) -> None:
    """Its routes cannot be checked."""
    api = find_configured(plan, "aws_api_gateway_rest_api.api")["expressions"]
    api["body"] = {"references": ["aws_lambda_function.chat.response_streaming_invoke_arn"]}
    (note,) = lint_path(write_plan(plan, tmp_path)).notes

    assert "body is known only once it is applied: the routes of the body are not checked" in note


def test_an_http_api_before_an_adapter_is_a_finding(plan: dict[str, Any], tmp_path: Path) -> None:
    """The integration names its function."""
    variables = {
        "AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap",
        "AWS_LWA_INVOKE_MODE": "response_stream",
    }
    values(plan, "aws_lambda_function.chat")["environment"] = [{"variables": variables}]
    root, config = plan["planned_values"]["root_module"], plan["configuration"]["root_module"]
    for kind, members in (
        ("aws_apigatewayv2_api", {"name": "chat", "protocol_type": "HTTP"}),
        ("aws_apigatewayv2_integration", {"integration_type": "AWS_PROXY"}),
    ):
        address = f"{kind}.http"
        root["resources"].append(
            {"address": address, "type": kind, "name": "http", "mode": "managed", "values": members}
        )
        config["resources"].append({"address": address, "type": kind, "name": "http"})
    config["resources"][-1]["expressions"] = {
        "api_id": {"references": ["aws_apigatewayv2_api.http.id", "aws_apigatewayv2_api.http"]},
        "integration_uri": {"references": ["aws_lambda_function.chat.invoke_arn"]},
    }

    assert "http-api-cannot-stream" in rules(plan, tmp_path)


def with_authorizer(plan: dict[str, Any], **values_: Any) -> None:
    """Give the method of a plan an authorizer of the plan, whose id is not known yet."""
    resources = plan["planned_values"]["root_module"]["resources"]
    address = "aws_api_gateway_authorizer.id"
    resources.append(
        {
            "address": address,
            "mode": "managed",
            "type": "aws_api_gateway_authorizer",
            "name": "id",
            "values": {"name": "id", **values_},
        }
    )
    plan["configuration"]["root_module"]["resources"].append(
        {
            "address": address,
            "mode": "managed",
            "type": "aws_api_gateway_authorizer",
            "name": "id",
            "expressions": {
                "rest_api_id": {
                    "references": [
                        "aws_api_gateway_rest_api.api.id",
                        "aws_api_gateway_rest_api.api",
                    ]
                }
            },
        }
    )
    (method,) = (name for name in addresses(plan) if name.startswith("aws_api_gateway_method."))
    values(plan, method)["authorization"] = values_["type"]
    values(plan, method)["authorization_scopes"] = ["chat/write"]
    find_configured(plan, method)["expressions"]["authorizer_id"] = {
        "references": [f"{address}.id", address]
    }


def addresses(plan: dict[str, Any]) -> list[str]:
    return [resource["address"] for resource in plan["planned_values"]["root_module"]["resources"]]


JWT_BLOCKS = [
    {
        "default_algorithms": ["RS256"],
        "issuers": [
            {
                "issuer": "https://id.example.com",
                "audiences": ["chat"],
                "additional_claims": [
                    {"claim_name": "tenant", "required": True, "expected_values": ["a"]}
                ],
            }
        ],
    }
]


def test_a_jwt_authorizer_is_read(plan: dict[str, Any], tmp_path: Path) -> None:
    """It has its blocks, and the scopes of the method."""
    with_authorizer(
        plan,
        type="JWT",
        identity_source="method.request.header.Authorization",
        jwt_configuration=JWT_BLOCKS,
    )
    (route,) = api_of(plan, tmp_path).routes
    authorizer = route.access.authorizer

    assert authorizer is not None
    assert authorizer.jwt == JwtConfiguration(
        issuers=(
            JwtIssuer(
                issuer="https://id.example.com",
                audiences=("chat",),
                claims=(JwtClaim(name="tenant", is_required=True, expected_values=("a",)),),
            ),
        ),
        algorithms=("RS256",),
    )
    assert (authorizer.unresolved, authorizer.unknown) == ({}, {})
    assert route.access.scopes == ("chat/write",)


def test_unknown_elements_of_terraform_are_reported(plan: dict[str, Any], tmp_path: Path) -> None:
    """A resource type, an authorizer's type and argument, and an integration's argument."""
    with_authorizer(plan, type="INVENTED", new_argument="INVENTED")
    (integration,) = (
        name for name in addresses(plan) if name.startswith("aws_api_gateway_integration.")
    )
    values(plan, integration)["new_argument"] = "INVENTED"
    resources = plan["planned_values"]["root_module"]["resources"]
    added = {
        "new": ("aws_api_gateway_invented", {}),
        "new_v2": ("aws_apigatewayv2_invented", {}),
        "http": ("aws_apigatewayv2_api", {"name": "a", "protocol_type": "INVENTED"}),
        "route": ("aws_apigatewayv2_route", {}),
    }
    resources += [
        {"address": address, "mode": "managed", "type": kind, "name": "a", "values": members}
        for address, (kind, members) in added.items()
    ]

    findings = [
        finding
        for finding in lint_path(write_plan(plan, tmp_path)).findings
        if finding.rule.id == "not-understood"
    ]
    assert sorted(
        f"{finding.subject}: {finding.problem.split(',')[0]}" for finding in findings
    ) == [
        "API http: streaming-construct does not know ProtocolType 'INVENTED'",
        "authorizer INVENTED: streaming-construct does not know AuthorizationType 'INVENTED'",
        "resource new: streaming-construct does not know Type 'aws_api_gateway_invented'",
        "resource new_v2: streaming-construct does not know Type 'aws_apigatewayv2_invented'",
        "route POST /chat: streaming-construct does not know NewArgument 'INVENTED'",
    ]
