"""Usage plans of a construct."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import Acknowledgment, Stack, Validations
from aws_cdk import aws_apigateway as apigateway
from aws_cdk.aws_apigateway import Period, QuotaSettings, ThrottleSettings

from streaming_construct import StreamingRestApi
from tests.constructs.access.authorized_api import ANY, api_with, security_of
from tests.support.synthesis import Template, new_function, only, resources, synthesize


def test_the_usage_plan_applies_to_the_stage(several: Template) -> None:
    """It has its throttle, its quota, and the throttles of routes, the root included."""
    (api,) = resources(several, "AWS::ApiGateway::RestApi")
    (stage,) = resources(several, "AWS::ApiGateway::Stage")

    assert only(several, "AWS::ApiGateway::UsagePlan") == {
        "ApiStages": [
            {
                "ApiId": {"Ref": api},
                "Stage": {"Ref": stage},
                "Throttle": {
                    "/metered/GET": {"RateLimit": 1, "BurstLimit": 2},
                    "//POST": {"RateLimit": 3},
                },
            }
        ],
        "Quota": {"Limit": 1000, "Period": "MONTH"},
        "Throttle": {"BurstLimit": 10, "RateLimit": 5},
    }


def test_a_required_key_without_a_usage_plan_fails_the_synthesis(stack: Stack) -> None:
    """A plan may be added before."""
    StreamingRestApi(stack, "Api", handler=new_function(stack), api_key_required=True)

    with pytest.raises(RuntimeError, match="no usage plan is declared"):
        synthesize(stack)


@pytest.mark.parametrize("place", ["api", "stack"])
def test_a_plan_in_another_app_is_acknowledged(stack: Stack, place: str) -> None:
    """The construct cannot know of it."""
    api = StreamingRestApi(stack, "Api", handler=new_function(stack), api_key_required=True)
    acknowledgment = Acknowledgment(
        id="streaming-construct:usage-plan-missing", reason="the plan is in the billing app"
    )
    Validations.of(api if place == "api" else stack).acknowledge(acknowledgment)

    assert security_of(synthesize(stack), "/", ANY) == [{"ApiKey": []}]


def test_the_acknowledgement_of_another_rule_does_not_count(stack: Stack) -> None:
    """Each finding has its id."""
    api = StreamingRestApi(stack, "Api", handler=new_function(stack), api_key_required=True)
    acknowledgment = Acknowledgment(id="streaming-construct:edge-idle-timeout", reason="heartbeats")
    Validations.of(api).acknowledge(acknowledgment)

    with pytest.raises(RuntimeError, match="usage-plan-missing"):
        synthesize(stack)


def test_a_usage_plan_of_cdk_is_enough(stack: Stack) -> None:
    """The plan need not come from this construct."""
    api = StreamingRestApi(stack, "Api", handler=new_function(stack), api_key_required=True)
    plan = apigateway.UsagePlan(stack, "Plan")
    plan.add_api_stage(api=api.rest_api, stage=api.stage)

    assert security_of(synthesize(stack), "/", ANY) == [{"ApiKey": []}]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"quota": QuotaSettings(limit=10)}, "quota lacks a period, or a limit"),
        ({"quota": QuotaSettings(limit=-1, period=Period.DAY)}, "a quota of -1 requests"),
        ({"quota": 10}, "quota is 10, not a QuotaSettings"),
        ({"throttle": ThrottleSettings(rate_limit=-1)}, "a rate of -1"),
        ({"api_keys": ["value"]}, "'value' is not an API key"),
        (
            {"route_throttles": {"GET /nowhere": ThrottleSettings(rate_limit=1)}},
            "route_throttles has 'GET /nowhere', but the API has no such route",
        ),
    ],
)
def test_a_usage_plan_that_cannot_work_is_an_error(
    stack: Stack, options: dict[str, Any], words: str
) -> None:
    """It is not created."""
    api = api_with(stack, proxy=False)
    api.add_route("/chat", methods=["GET"])

    with pytest.raises(ValueError, match="the usage plan was not created") as rejected:
        api.add_usage_plan("Plan", **options)

    assert words in str(rejected.value)
    assert not resources(synthesize(stack), "AWS::ApiGateway::UsagePlan")


def test_a_key_that_is_twice_in_a_plan_is_an_error(stack: Stack) -> None:
    """CDK would fail after it has created the plan."""
    api = api_with(stack)
    key = api.add_api_key("Key")

    with pytest.raises(ValueError, match="the usage plan has an API key twice"):
        api.add_usage_plan("Plan", api_keys=[key, key])
