"""Checks without an emulator, with responses in botocore's shapes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from click.testing import Result

from tests.doctor.live_api import BUFFERED, LiveApi, function_arn, integration_uri
from tests.doctor.test_deployed_defects import finding_ids
from tests.doctor.wire import Wire

Run = Callable[..., Result]
ACL = "arn:aws:wafv2:us-east-1:000000000000:regional/webacl/Edge/1f"


def metric_response(value: float) -> Mapping[str, Any]:
    """Return CloudWatch's response for the first metric of a query."""
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


def run_doctor(run: Run, live: LiveApi) -> list[str]:
    return finding_ids(run("--api", live.api_id, "--format", "json"))


def test_throttled_invocations_are_a_finding(run: Run, sound_api: LiveApi, wire: Wire) -> None:
    """Lambda counts them for each function."""
    wire.responses["cloudwatch", "GetMetricData"] = metric_response(7)
    assert run_doctor(run, sound_api) == ["concurrency-exhausted"]

    wire.responses["cloudwatch", "GetMetricData"] = metric_response(0)
    assert run_doctor(run, sound_api) == []


def test_a_low_concurrency_quota_is_a_finding(run: Run, sound_api: LiveApi, wire: Wire) -> None:
    """New accounts have one."""
    limit = {"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 10}
    wire.responses["lambda", "GetAccountSettings"] = {"AccountLimit": limit}
    assert run_doctor(run, sound_api) == ["concurrency-low"]

    limit = {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 900}
    wire.responses["lambda", "GetAccountSettings"] = {"AccountLimit": limit}
    assert run_doctor(run, sound_api) == []


def test_a_web_acl_that_blocked_requests_is_a_finding(
    run: Run, sound_api: LiveApi, wire: Wire
) -> None:
    """The stage names it, and CloudWatch counts blocked requests; 0 is no finding."""
    stage = dict(sound_api.stage(), webAclArn=ACL)
    wire.responses["apigateway", "GetStages"] = {"item": [stage]}
    wire.responses["wafv2", "GetWebACL"] = web_acl("Block")
    wire.responses["cloudwatch", "GetMetricData"] = metric_response(3)
    assert "web-acl-blocks" in run_doctor(run, sound_api)

    wire.responses["cloudwatch", "GetMetricData"] = metric_response(0)
    assert run_doctor(run, sound_api) == []


def test_without_metrics_a_web_acl_that_blocks_by_default_is_a_finding(
    run: Run, sound_api: LiveApi, wire: Wire
) -> None:
    """If metrics cannot be read, the default action decides."""
    wire.responses["apigateway", "GetStages"] = {"item": [dict(sound_api.stage(), webAclArn=ACL)]}
    wire.deny("cloudwatch", "GetMetricData")
    wire.responses["wafv2", "GetWebACL"] = web_acl("Block")
    assert run_doctor(run, sound_api) == ["web-acl-blocks"]

    wire.responses["wafv2", "GetWebACL"] = web_acl("Allow")
    assert run_doctor(run, sound_api) == []


def test_a_throttle_over_that_of_the_account_is_a_finding(
    run: Run, sound_api: LiveApi, wire: Wire
) -> None:
    """The limit of the account applies to all."""
    settings = {"*/*": {"throttlingRateLimit": 20_000.0, "throttlingBurstLimit": 100}}
    wire.responses["apigateway", "GetStages"] = {
        "item": [dict(sound_api.stage(), methodSettings=settings)]
    }
    wire.responses["apigateway", "GetAccount"] = {
        "cloudwatchRoleArn": sound_api.role,
        "throttleSettings": {"rateLimit": 10_000.0, "burstLimit": 5_000},
    }
    assert run_doctor(run, sound_api) == ["throttle-beyond-account"]

    settings["*/*"]["throttlingRateLimit"] = 10_000.0
    assert run_doctor(run, sound_api) == []


def test_a_role_that_does_not_allow_the_invocation_is_a_finding(
    run: Run, sound_api: LiveApi, wire: Wire
) -> None:
    """IAM's simulation decides."""
    result = {"EvalActionName": "lambda:InvokeFunction", "EvalDecision": "implicitDeny"}
    wire.responses["iam", "SimulatePrincipalPolicy"] = {"EvaluationResults": [result]}
    assert run_doctor(run, sound_api) == ["permission-missing"]

    result["EvalDecision"] = "allowed"
    assert run_doctor(run, sound_api) == []


def format_export(uri: str, mode: str | None) -> dict[str, Any]:
    """Return the export of the stage for `POST /chat`."""
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri}
    if mode is not None:
        integration["responseTransferMode"] = mode
    operation = {"responses": {}, "x-amazon-apigateway-integration": integration}
    document = {"openapi": "3.0.1", "info": {}, "paths": {"/chat": {"post": operation}}}
    return {"contentType": "application/json", "body": io.BytesIO(json.dumps(document).encode())}


@pytest.mark.parametrize("mode", ["STREAM", None])
def test_a_stage_with_another_integration_is_outdated(
    mode: str | None, run: Run, sound_api: LiveApi, wire: Wire
) -> None:
    """The URI in its export shows it. An export without the mode is no difference."""
    buffered = integration_uri(BUFFERED, function_arn(sound_api.name))
    wire.responses["apigateway", "GetExport"] = format_export(buffered, None)
    assert run_doctor(run, sound_api) == ["stage-outdated"]

    wire.responses["apigateway", "GetExport"] = format_export(sound_api.uri, mode)
    assert run_doctor(run, sound_api) == []


def test_a_stage_with_another_authorization_is_outdated(
    run: Run, sound_api: LiveApi, wire: Wire
) -> None:
    """Its deployment shows it. An export may leave authorizers out."""
    summary = {"/chat": {"POST": {"authorizationType": "AWS_IAM", "apiKeyRequired": False}}}
    wire.responses["apigateway", "GetDeployment"] = {"id": "d1", "apiSummary": summary}
    assert run_doctor(run, sound_api) == ["stage-outdated"]

    summary["/chat"]["POST"]["authorizationType"] = "NONE"
    assert run_doctor(run, sound_api) == []


def test_a_buffered_route_over_29_seconds_is_no_finding(
    run: Run, live: LiveApi, wire: Wire
) -> None:
    """API Gateway accepts it only in an account with a raised quota."""
    buffered = integration_uri(BUFFERED, function_arn(live.name))
    live.update_integration(uri=buffered, responseTransferMode="BUFFERED")
    wire.responses["apigateway", "GetExport"] = format_export(buffered, None)

    assert run_doctor(run, live) == []


def test_a_throttle_of_one_method_does_not_make_an_any_route_outdated(
    run: Run, live: LiveApi, wire: Wire
) -> None:
    """The stage has the method as a route, the deployment has ANY."""
    gateway = live.emulator.client("apigateway")
    method = {"restApiId": live.api_id, "resourceId": live.chat_id, "httpMethod": "ANY"}
    gateway.put_method(**method, authorizationType="NONE")
    gateway.put_integration(**method, type="MOCK")
    live.deploy()
    throttle = {"throttlingRateLimit": 1.0, "throttlingBurstLimit": 1}
    settings = {**live.stage()["methodSettings"], "~1chat/GET": throttle}
    wire.responses["apigateway", "GetStages"] = {
        "item": [dict(live.stage(), methodSettings=settings)]
    }

    assert run_doctor(run, live) == []
