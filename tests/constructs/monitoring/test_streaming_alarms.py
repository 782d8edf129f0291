"""Alarms for an API and its functions."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import App, Duration, Stack, Token
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_cloudwatch_actions import SnsAction
from aws_cdk.aws_sns import Topic
from constructs import Construct

from streaming_construct import StreamingAlarms, StreamingRestApi
from tests.support.synthesis import new_function, new_stack, resources, synthesize


def alarms_of(stack: Any) -> dict[str, dict[str, Any]]:
    """Return the alarms of a stack by logical id without its hash."""
    alarms = resources(synthesize(stack), "AWS::CloudWatch::Alarm")
    return {name[:-8].removeprefix("Alarms"): alarm["Properties"] for name, alarm in alarms.items()}


def test_the_defaults_are_those_of_the_page() -> None:
    """Thresholds have the unit of each metric. Missing data is no alarm."""
    stack = new_stack()
    function = new_function(stack)
    api = StreamingRestApi(stack, "Api", handler=function)
    StreamingAlarms(stack, "Alarms", api=api, functions=[function])
    alarms = alarms_of(stack)

    assert {name: alarm["Threshold"] for name, alarm in alarms.items()} == {
        "ServerErrors": 0.01,
        "FirstContent": 3000,
        "Aborted": 5,
        "FunctionErrors": 0,
        "FunctionThrottles": 0,
        "FunctionTimeout": 270_000,
    }
    assert {alarm["TreatMissingData"] for alarm in alarms.values()} == {"notBreaching"}
    assert {alarm["EvaluationPeriods"] for alarm in alarms.values()} == {3}
    assert {n for n, alarm in alarms.items() if alarm["DatapointsToAlarm"] == 3} == {"FirstContent"}
    assert alarms["FirstContent"]["ExtendedStatistic"] == "p90"
    assert all("AlarmActions" not in alarm for alarm in alarms.values())


def test_every_threshold_and_action_is_an_argument() -> None:
    """Each argument reaches its alarm."""
    stack = new_stack()
    function = new_function(stack)
    api = StreamingRestApi(stack, "Api", handler=function)
    topic = SnsAction(Topic(stack, "Topic"))
    alarms = StreamingAlarms(
        stack,
        "Alarms",
        api=api,
        functions=[function],
        alarm_action=topic,
        ok_action=topic,
        server_error_percent=2.5,
        first_content_within=Duration.millis(800),
        aborted_percent=10,
        timeout_percent=50,
    )
    properties = alarms_of(stack)

    assert properties["ServerErrors"]["Threshold"] == 0.025
    assert "2.5%" in properties["ServerErrors"]["AlarmDescription"]
    assert properties["FirstContent"]["Threshold"] == 800
    assert "0.8 s" in properties["FirstContent"]["AlarmDescription"]
    assert properties["Aborted"]["Threshold"] == 10
    assert properties["FunctionTimeout"]["Threshold"] == 150_000
    assert len(alarms.all) == len(properties) == 6
    assert all(
        alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "TopicBFC7AF6E"}]
        for alarm in properties.values()
    )


def test_functions_of_one_name_and_without_a_known_timeout_have_their_alarms() -> None:
    """An imported function has no alarm on unknown values."""
    stack = new_stack()
    near, far = new_function(stack), new_function(Stack(stack, "Deep"))
    api = StreamingRestApi(stack, "Api", handler=near)
    imported = lambda_.Function.from_function_name(stack, "There", "chat")
    alarms = StreamingAlarms(stack, "Alarms", api=api, functions=[near, far, imported])

    assert len(alarms.function_errors) == len(alarms.function_throttles) == 3
    assert len(alarms.function_timeouts) == 2
    assert {"FunctionErrors", "DeepFunctionErrors", "ThereErrors"} <= alarms_of(stack).keys()


def test_functions_of_one_path_in_their_stacks_have_their_alarms() -> None:
    """The path in the stack is the id of an alarm. A function that is named twice has it once."""
    app = App(analytics_reporting=False, builtin_cloud_formation_validation=False)
    stack, other = Stack(app, "Stack"), Stack(app, "Other")
    near, far = new_function(stack), new_function(other)
    joined = new_function(Construct(stack, "Func"), "tion")
    api = StreamingRestApi(stack, "Api", handler=near)
    alarms = StreamingAlarms(stack, "Alarms", api=api, functions=[near, far, joined, near])

    ids = [alarm.node.id for alarm in alarms.function_errors]
    assert ids[0] == "FunctionErrors"
    assert len(set(ids)) == 3


PARAMETER = Token.as_number({"Ref": "P"})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"functions": ["chat"]}, r"the handler is the text 'chat'.*\[handler-invalid\]"),
        (
            {"first_content_within": Duration.seconds(PARAMETER)},
            r"first_content_within is a token.*\[unresolved-token\]",
        ),
        ({"server_error_percent": PARAMETER}, r"server_error_percent is a token"),
        ({"aborted_percent": PARAMETER}, r"aborted_percent is a token"),
        ({"timeout_percent": PARAMETER}, r"timeout_percent is a token"),
    ],
)
def test_alarms_without_a_metric_are_an_error(options: dict[str, Any], message: str) -> None:
    """All problems are reported at once, and no alarm is created."""
    stack = new_stack()
    api = StreamingRestApi(stack, "Api", handler=new_function(stack))

    with pytest.raises(ValueError, match=message):
        StreamingAlarms(stack, "Alarms", api=api, **options)

    assert alarms_of(stack) == {}
