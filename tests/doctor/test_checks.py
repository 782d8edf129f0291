"""Checks of what no emulator offers, answered in the shapes that botocore knows."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from click.testing import Result

from tests.doctor.live_api import BUFFERED, LiveApi, function_arn, integration_uri
from tests.doctor.test_deployed_defects import ids
from tests.doctor.wire import Wire

Run = Callable[..., Result]
ACL = "arn:aws:wafv2:us-east-1:000000000000:regional/webacl/Edge/1f"


def measured(value: float) -> Mapping[str, Any]:
    """What CloudWatch answers of the first metric asked for."""
    return {"MetricDataResults": [{"Id": "m0", "Values": [value]}]}


def web_acl(action: str) -> Mapping[str, Any]:
    visibility = {
        "SampledRequestsEnabled": True,
        "CloudWatchMetricsEnabled": True,
        "MetricName": "Edge",
    }
    return {
        "WebACL": {
            "Name": "Edge",
            "Id": "1f",
            "ARN": ACL,
            "DefaultAction": {action: {}},
            "VisibilityConfig": visibility,
        }
    }


def examined(run: Run, live: LiveApi) -> list[str]:
    return ids(run("--api", live.api_id, "--format", "json"))


def test_refused_invocations_exhaust_the_concurrency(
    run: Run, sound_api: LiveApi, wire: Wire
) -> None:
    """Lambda counts them, for each function."""
    wire.answers["cloudwatch", "GetMetricData"] = measured(7)
    assert examined(run, sound_api) == ["concurrency-exhausted"]

    wire.answers["cloudwatch", "GetMetricData"] = measured(0)
    assert examined(run, sound_api) == []


def test_an_account_with_few_executions_has_few_streams(
    run: Run, sound_api: LiveApi, wire: Wire
) -> None:
    """As a new account has."""
    limit = {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10}
    wire.answers["lambda", "GetAccountSettings"] = {"AccountLimit": limit}
    assert examined(run, sound_api) == ["concurrency-low"]

    limit = {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 900}
    wire.answers["lambda", "GetAccountSettings"] = {"AccountLimit": limit}
    assert examined(run, sound_api) == []


def test_a_web_acl_that_blocked_requests_is_in_the_way(
    run: Run, sound_api: LiveApi, wire: Wire
) -> None:
    """The stage names it, and CloudWatch counts what it blocked; 0 is no finding."""
    stage = dict(sound_api.stage(), webAclArn=ACL)
    wire.answers["apigateway", "GetStages"] = {"item": [stage]}
    wire.answers["wafv2", "GetWebACL"] = web_acl("Block")
    wire.answers["cloudwatch", "GetMetricData"] = measured(3)
    assert "web-acl-blocks" in examined(run, sound_api)

    wire.answers["cloudwatch", "GetMetricData"] = measured(0)
    assert examined(run, sound_api) == []


def test_a_web_acl_that_blocks_by_default_is_told_where_nothing_is_counted(
    run: Run, sound_api: LiveApi, wire: Wire
) -> None:
    """Without the permission to read metrics the default action is what is left to judge by."""
    wire.answers["apigateway", "GetStages"] = {"item": [dict(sound_api.stage(), webAclArn=ACL)]}
    wire.deny("cloudwatch", "GetMetricData")
    wire.answers["wafv2", "GetWebACL"] = web_acl("Block")
    assert examined(run, sound_api) == ["web-acl-blocks"]

    wire.answers["wafv2", "GetWebACL"] = web_acl("Allow")
    assert examined(run, sound_api) == []


def test_a_throttle_beyond_the_accounts_promises_too_much(
    run: Run, sound_api: LiveApi, wire: Wire
) -> None:
    """The account's is the bound of them all."""
    settings = {"*/*": {"throttlingRateLimit": 20_000.0, "throttlingBurstLimit": 100}}
    wire.answers["apigateway", "GetStages"] = {
        "item": [dict(sound_api.stage(), methodSettings=settings)]
    }
    wire.answers["apigateway", "GetAccount"] = {
        "cloudwatchRoleArn": sound_api.role,
        "throttleSettings": {"rateLimit": 10_000.0, "burstLimit": 5_000},
    }
    assert examined(run, sound_api) == ["throttle-beyond-account"]

    settings["*/*"]["throttlingRateLimit"] = 10_000.0
    assert examined(run, sound_api) == []


def test_a_role_that_does_not_allow_the_invocation_is_found(
    run: Run, sound_api: LiveApi, wire: Wire
) -> None:
    """As IAM itself judges it."""
    result = {"EvalActionName": "lambda:InvokeFunction", "EvalDecision": "implicitDeny"}
    wire.answers["iam", "SimulatePrincipalPolicy"] = {"EvaluationResults": [result]}
    assert examined(run, sound_api) == ["permission-missing"]

    result["EvalDecision"] = "allowed"
    assert examined(run, sound_api) == []


def exported(uri: str, mode: str | None) -> dict[str, Any]:
    """What the stage's export says of `POST /chat`."""
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    if mode is not None:
        integration["responseTransferMode"] = mode
    operation = {"responses": {}, "x-amazon-apigateway-integration": integration}
    document = {"openapi": "3.0.1", "info": {}, "paths": {"/chat": {"post": operation}}}
    return {"contentType": "application/json", "body": io.BytesIO(json.dumps(document).encode())}


@pytest.mark.parametrize("mode", ["STREAM", None])
def test_a_stage_that_serves_the_integration_of_before_is_outdated(
    mode: str | None, run: Run, sound_api: LiveApi, wire: Wire
) -> None:
    """Its export tells by the URI; an export that leaves the mode out is no difference."""
    buffered = integration_uri(BUFFERED, function_arn(sound_api.name))
    wire.answers["apigateway", "GetExport"] = exported(buffered, None)
    assert examined(run, sound_api) == ["stage-outdated"]

    wire.answers["apigateway", "GetExport"] = exported(sound_api.uri, mode)
    assert examined(run, sound_api) == []


def test_a_stage_that_asks_for_another_authorization_is_outdated(
    run: Run, sound_api: LiveApi, wire: Wire
) -> None:
    """Its deployment tells; an export may leave authorizers out."""
    summary = {"/chat": {"POST": {"authorizationType": "AWS_IAM", "apiKeyRequired": False}}}
    wire.answers["apigateway", "GetDeployment"] = {"id": "d1", "apiSummary": summary}
    assert examined(run, sound_api) == ["stage-outdated"]

    summary["/chat"]["POST"]["authorizationType"] = "NONE"
    assert examined(run, sound_api) == []


def test_a_buffered_route_beyond_29_seconds_was_granted(
    run: Run, live: LiveApi, wire: Wire
) -> None:
    """API Gateway takes it of an account whose quota was raised, and of no other."""
    buffered = integration_uri(BUFFERED, function_arn(live.name))
    live.update_integration(uri=buffered, responseTransferMode="BUFFERED")
    wire.answers["apigateway", "GetExport"] = exported(buffered, None)

    assert examined(run, live) == []


def test_a_throttle_of_one_method_of_any_is_no_other_deployment(
    run: Run, live: LiveApi, wire: Wire
) -> None:
    """The stage counts it as a route of its own, the deployment as ANY."""
    gateway = live.emulator.client("apigateway")
    method = {"restApiId": live.api_id, "resourceId": live.chat_id, "httpMethod": "ANY"}
    gateway.put_method(**method, authorizationType="NONE")
    gateway.put_integration(**method, type="MOCK")
    live.deploy()
    throttle = {"throttlingRateLimit": 1.0, "throttlingBurstLimit": 1}
    settings = {**live.stage()["methodSettings"], "~1chat/GET": throttle}
    wire.answers["apigateway", "GetStages"] = {
        "item": [dict(live.stage(), methodSettings=settings)]
    }

    assert examined(run, live) == []
