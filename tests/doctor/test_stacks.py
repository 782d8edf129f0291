"""A stack as target: the doctor finds its API, and compares the template with the deployment."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import Result

from streaming_construct.observability.access_log_format import build_streaming_access_log_format
from streaming_construct.rules.registry import check_declaration
from streaming_construct.templates.reader.api_reader import read_declaration
from streaming_construct.templates.stacks.loader import load_templates
from tests.doctor.live_api import (
    ACCOUNT,
    BUFFERED,
    TRUST,
    LiveApi,
    function_arn,
    integration_uri,
    set_cloudwatch_role,
)
from tests.doctor.test_deployed_defects import finding_ids
from tests.doctor.wire import Wire
from tests.support.emulator import REGION, Emulator

Run = Callable[..., Result]
NUMBERS = count(1)
STREAMING_URI = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2021-11-15/functions/"
    "${Chat.Arn}/response-streaming-invocations"
)
TEMPLATE: dict[str, Any] = {
    "Parameters": {"Seconds": {"Type": "Number", "Default": 300}},
    "Resources": {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": TRUST,
                "Policies": [
                    {
                        "PolicyName": "Invoke",
                        "PolicyDocument": {
                            "Version": "2012-10-17",
                            "Statement": [
                                {
                                    "Effect": "Allow",
                                    "Action": "lambda:InvokeFunction",
                                    "Resource": {"Fn::GetAtt": ["Chat", "Arn"]},
                                }
                            ],
                        },
                    }
                ],
            },
        },
        "Chat": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "nodejs24.x",
                "Handler": "index.handler",
                "Role": f"arn:aws:iam::{ACCOUNT}:role/Execution",
                "Code": {"ZipFile": "exports.handler = awslambda.streamifyResponse(() => {})"},
                "Timeout": {"Ref": "Seconds"},
                "MemorySize": 256,
                "Architectures": ["arm64"],
            },
        },
        "Api": {
            "Type": "AWS::ApiGateway::RestApi",
            "Properties": {"Name": "Chat", "EndpointConfiguration": {"Types": ["REGIONAL"]}},
        },
        "ChatResource": {
            "Type": "AWS::ApiGateway::Resource",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "ParentId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
                "PathPart": "chat",
            },
        },
        "ChatPost": {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "ResourceId": {"Ref": "ChatResource"},
                "HttpMethod": "POST",
                "AuthorizationType": "NONE",
                "Integration": {
                    "Type": "AWS_PROXY",
                    "IntegrationHttpMethod": "POST",
                    "Uri": {"Fn::Sub": STREAMING_URI},
                    "Credentials": {"Fn::GetAtt": ["Role", "Arn"]},
                    "ResponseTransferMode": "STREAM",
                    "TimeoutInMillis": 300000,
                },
            },
        },
        "Deployment1": {
            "Type": "AWS::ApiGateway::Deployment",
            "DependsOn": ["ChatPost"],
            "Properties": {"RestApiId": {"Ref": "Api"}},
        },
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "DeploymentId": {"Ref": "Deployment1"},
                "StageName": "prod",
                "AccessLogSetting": {
                    "DestinationArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:access",
                    "Format": build_streaming_access_log_format(),
                },
                "MethodSettings": [
                    {
                        "ResourcePath": "/*",
                        "HttpMethod": "*",
                        "ThrottlingRateLimit": 100,
                        "ThrottlingBurstLimit": 50,
                    }
                ],
            },
        },
    },
}


def deploy_stack(emulator: Emulator) -> LiveApi:
    """Deploy the template, and restore the properties that the emulator drops."""
    name = f"Chat{next(NUMBERS)}"
    cloudformation = emulator.client("cloudformation")
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(TEMPLATE))
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=name, WaiterConfig={"Delay": 1}
    )
    resources = {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in cloudformation.list_stack_resources(StackName=name)[
            "StackResourceSummaries"
        ]
    }
    role = f"arn:aws:iam::{ACCOUNT}:role/{resources['Role']}"
    live = LiveApi(emulator, resources["Chat"], resources["Api"], resources["ChatResource"], role)
    live.update_integration(responseTransferMode="STREAM", timeoutInMillis=300000)
    set_cloudwatch_role(live)
    live.log("access", "{}")
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:access"
    live.update_stage(
        **{
            "accessLogSettings/destinationArn": group,
            "accessLogSettings/format": build_streaming_access_log_format(),
        }
    )
    return live


@pytest.fixture(scope="module")
def unchanged_stack(emulator: Emulator) -> LiveApi:
    """A stack that no test changes."""
    return deploy_stack(emulator)


@pytest.fixture
def sound_stack(unchanged_stack: LiveApi, wire: Wire) -> LiveApi:
    """The unchanged stack, with its API as AWS describes it."""
    set_cloudwatch_role(unchanged_stack)
    wire.responses["apigateway", "GetRestApi"] = rest_api(unchanged_stack, "REGIONAL")
    return unchanged_stack


@pytest.fixture
def stack(emulator: Emulator, wire: Wire) -> Iterator[LiveApi]:
    """A new stack that the test may change."""
    live = deploy_stack(emulator)
    wire.responses["apigateway", "GetRestApi"] = rest_api(live, "REGIONAL")
    yield live
    emulator.client("cloudformation").delete_stack(StackName=stack_name(live))


def rest_api(live: LiveApi, endpoint_type: str) -> dict[str, Any]:
    """Return the API as AWS describes it. The emulator drops the endpoint type of a template."""
    configuration = {"types": [endpoint_type]}
    return {"id": live.api_id, "name": "Chat", "endpointConfiguration": configuration}


def stack_name(live: LiveApi) -> str:
    return live.name.partition("-")[0]


def test_a_stack_without_drift_has_no_findings(run: Run, sound_stack: LiveApi) -> None:
    """Physical names of AWS and generated names are distinguished."""
    result = run("--stack", stack_name(sound_stack))

    assert (result.exit_code, result.stdout) == (0, "")
    assert "checking drift from the template ..." in result.stderr
    assert "not checked" not in result.stderr


def test_a_function_that_was_changed_by_hand_has_drifted(run: Run, stack: LiveApi) -> None:
    """After it is restored, it has not."""
    client = stack.emulator.client("lambda")
    client.update_function_configuration(FunctionName=stack.name, Timeout=600)
    result = run("--stack", stack_name(stack), "--format", "json")
    (finding,) = json.loads(result.stdout)
    assert finding["rule"] == "stack-drift"
    assert f"function {stack.name} has timeout seconds 600.0 instead of 300.0" in finding["problem"]

    client.update_function_configuration(FunctionName=stack.name, Timeout=300)
    assert finding_ids(run("--stack", stack_name(stack), "--format", "json")) == []


def test_a_route_that_was_changed_by_hand_has_drifted(run: Run, stack: LiveApi) -> None:
    """Its timeout has changed."""
    stack.update_integration(timeoutInMillis=29000)

    (finding,) = json.loads(run("--stack", stack_name(stack), "--format", "json").stdout)

    assert finding["rule"] == "stack-drift"
    assert "route POST /chat has timeout ms 29000 instead of 300000" in finding["problem"]


def test_an_api_of_a_stack_may_be_named_by_logical_id(run: Run, sound_stack: LiveApi) -> None:
    """The stack has several."""
    assert run("--stack", stack_name(sound_stack), "--api", "Api").exit_code == 0

    result = run("--stack", stack_name(sound_stack), "--api", "Other")
    assert result.exit_code == 2
    assert f"stack {stack_name(sound_stack)} contains no REST API Other." in result.stderr


@pytest.mark.parametrize("operation", ["DescribeStacks", "ListStackResources"])
def test_an_unreadable_stack_is_an_error(
    operation: str, run: Run, sound_stack: LiveApi, wire: Wire
) -> None:
    """The error names the missing action."""
    wire.deny("cloudformation", operation)

    result = run("--stack", stack_name(sound_stack), "--quiet")

    assert result.exit_code == 2
    assert result.output == f"Error: the permission cloudformation:{operation} is missing\n"


def test_an_unreadable_template_leaves_out_drift(
    run: Run, sound_stack: LiveApi, wire: Wire
) -> None:
    """The other checks run."""
    wire.deny("cloudformation", "GetTemplate")

    result = run("--stack", stack_name(sound_stack))

    assert result.exit_code == 0
    assert "not checked: drift from the template: the permission" in result.stderr


def test_a_template_in_yaml_is_read_as_well(run: Run, sound_stack: LiveApi, wire: Wire) -> None:
    """CloudFormation returns it as text."""
    wire.responses["cloudformation", "GetTemplate"] = {"TemplateBody": yaml.safe_dump(TEMPLATE)}

    assert finding_ids(run("--stack", stack_name(sound_stack), "--format", "json")) == []


def too_short(template: dict[str, Any], live: LiveApi, _: Wire) -> None:
    template["Resources"]["Chat"]["Properties"]["Timeout"] = 60
    live.emulator.client("lambda").update_function_configuration(FunctionName=live.name, Timeout=60)


def default_timeout(template: dict[str, Any], live: LiveApi, _: Wire) -> None:
    template["Resources"]["Chat"]["Properties"]["Timeout"] = 3
    template["Resources"]["ChatPost"]["Properties"]["Integration"]["TimeoutInMillis"] = 3000
    live.emulator.client("lambda").update_function_configuration(FunctionName=live.name, Timeout=3)
    live.update_integration(timeoutInMillis=3000)


def edge(template: dict[str, Any], live: LiveApi, wire: Wire) -> None:
    template["Resources"]["Api"]["Properties"]["EndpointConfiguration"] = {"Types": ["EDGE"]}
    wire.responses["apigateway", "GetRestApi"] = rest_api(live, "EDGE")


def closed_throttle(template: dict[str, Any], live: LiveApi, _: Wire) -> None:
    (setting,) = template["Resources"]["Stage"]["Properties"]["MethodSettings"]
    setting["ThrottlingBurstLimit"] = 0
    live.update_stage(**{"*/*/throttling/burstLimit": "0"})


def out_of_range(template: dict[str, Any], live: LiveApi, _: Wire) -> None:
    template["Resources"]["ChatPost"]["Properties"]["Integration"]["TimeoutInMillis"] = 960000
    live.update_integration(timeoutInMillis=960000)


def other_mode(template: dict[str, Any], live: LiveApi, _: Wire) -> None:
    uri = STREAMING_URI.replace("2021-11-15", "2015-03-31").replace("response-streaming-", "")
    template["Resources"]["ChatPost"]["Properties"]["Integration"]["Uri"] = {"Fn::Sub": uri}
    live.update_integration(uri=integration_uri(BUFFERED, function_arn(live.name)))


def misspelt_invoke_mode(template: dict[str, Any], live: LiveApi, _: Wire) -> None:
    function = {
        "Environment": {
            "Variables": {
                "AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap",
                "AWS_LWA_INVOKE_MODE": "streaming",
            }
        },
        "Layers": [f"arn:aws:lambda:{REGION}:753240598075:layer:LambdaAdapterLayerArm64:30"],
    }
    template["Resources"]["Chat"]["Properties"] |= function
    live.emulator.client("lambda").update_function_configuration(FunctionName=live.name, **function)


def no_permission(template: dict[str, Any], live: LiveApi, _: Wire) -> None:
    del template["Resources"]["ChatPost"]["Properties"]["Integration"]["Credentials"]
    live.emulator.client("apigateway").update_integration(
        restApiId=live.api_id,
        resourceId=live.chat_id,
        httpMethod="POST",
        patchOperations=[{"op": "remove", "path": "/credentials"}],
    )


def denied_role(template: dict[str, Any], _: LiveApi, wire: Wire) -> None:
    (policy,) = template["Resources"]["Role"]["Properties"]["Policies"]
    policy["PolicyDocument"]["Statement"][0]["Action"] = "lambda:GetFunction"
    denied = {"EvalActionName": "lambda:InvokeFunction", "EvalDecision": "implicitDeny"}
    wire.responses["iam", "SimulatePrincipalPolicy"] = {"EvaluationResults": [denied]}


def no_throttle(template: dict[str, Any], live: LiveApi, wire: Wire) -> None:
    del template["Resources"]["Stage"]["Properties"]["MethodSettings"]
    wire.responses["apigateway", "GetStages"] = {"item": [dict(live.stage(), methodSettings={})]}


def no_access_log(template: dict[str, Any], live: LiveApi, wire: Wire) -> None:
    del template["Resources"]["Stage"]["Properties"]["AccessLogSetting"]
    stage = live.stage()
    del stage["accessLogSettings"]
    wire.responses["apigateway", "GetStages"] = {"item": [stage]}


@pytest.mark.parametrize(
    ("mistake", "rule"),
    [
        (other_mode, "transfer-mode-mismatch"),
        (misspelt_invoke_mode, "adapter-invoke-mode"),
        (no_permission, "permission-missing"),
        (denied_role, "permission-missing"),
        (no_throttle, "throttling-not-configured"),
        (no_access_log, "access-log-disabled"),
        (too_short, "function-timeout-shorter"),
        (default_timeout, "function-timeout-default"),
        (edge, "edge-idle-timeout"),
        (closed_throttle, "throttle-invalid"),
        (out_of_range, "timeout-out-of-range"),
    ],
)
def test_a_defect_has_the_same_id_in_template_and_deployment(
    mistake: Callable[[dict[str, Any], LiveApi, Wire], None],
    rule: str,
    run: Run,
    stack: LiveApi,
    wire: Wire,
    tmp_path: Path,
) -> None:
    """The same rules read both."""
    template = deepcopy(TEMPLATE)
    mistake(template, stack, wire)
    file = tmp_path / "chat.template.json"
    file.write_text(json.dumps(template))

    by_template = [
        finding.rule.id for finding in check_declaration(read_declaration(load_templates(file)))
    ]
    by_deployment = finding_ids(run("--api", stack.api_id, "--format", "json"))

    assert rule in by_template
    assert by_deployment == [rule]
