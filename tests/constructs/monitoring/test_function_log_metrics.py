"""Metrics of the REPORT lines in the log of a function."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_logs import LogGroup

from streaming_construct import FunctionLogMetrics
from tests.support.synthesis import new_function, new_stack, resources, synthesize

JSON, TEXT = lambda_.LoggingFormat.JSON, lambda_.LoggingFormat.TEXT
MANAGED_LOG_GROUP = "@aws-cdk/aws-lambda:useCdkManagedLogGroup"


def filters(stack: Stack) -> dict[str, dict[str, Any]]:
    return resources(synthesize(stack), "AWS::Logs::MetricFilter")


def test_a_metric_filter_is_created_with_its_first_metric() -> None:
    """Cold starts are the samples of the initialization: one metric serves both."""
    stack = new_stack()
    function = new_function(stack, log_group=LogGroup(stack, "Log"))
    metrics = FunctionLogMetrics(stack, "Metrics", function=function)
    assert filters(stack) == {}

    cold, init = metrics.metric_cold_starts(), metrics.metric_init_duration()

    assert len(filters(stack)) == 1
    assert (cold.metric_name, cold.statistic) == ("InitDuration", "SampleCount")
    assert (init.metric_name, init.statistic) == ("InitDuration", "p90")
    assert cold.namespace == "StreamingConstruct/Stack/Metrics"


@pytest.mark.parametrize(
    ("options", "start"),
    [
        ({}, "["),
        ({"logging_format": lambda_.LoggingFormat.TEXT}, "["),
        ({"logging_format": JSON}, "{"),
    ],
)
def test_the_logging_of_the_function_sets_the_report_format(
    options: dict[str, Any], start: str
) -> None:
    """An alias has that of its function."""
    stack = new_stack()
    function = new_function(stack, log_group=LogGroup(stack, "Log"), **options)
    FunctionLogMetrics(stack, "Metrics", function=function.add_alias("live")).metric_memory_used()

    (metric_filter,) = filters(stack).values()
    assert metric_filter["Properties"]["FilterPattern"].startswith(start)


def test_an_imported_function_may_have_either_report_format() -> None:
    """Its log group is an argument. Both filters publish one metric."""
    stack = new_stack()
    imported = lambda_.Function.from_function_name(stack, "There", "chat")
    group = LogGroup.from_log_group_name(stack, "Log", "/aws/lambda/chat")
    FunctionLogMetrics(stack, "Metrics", function=imported, log_group=group).metric_timeouts()
    metric_filters = [metric_filter["Properties"] for metric_filter in filters(stack).values()]

    assert {metric_filter["LogGroupName"] for metric_filter in metric_filters} == {
        "/aws/lambda/chat"
    }
    assert (
        len(
            {
                metric_filter["MetricTransformations"][0]["MetricName"]
                for metric_filter in metric_filters
            }
        )
        == 1
    )
    assert len({metric_filter["FilterPattern"] for metric_filter in metric_filters}) == 2


def test_the_log_group_that_cdk_creates_is_found() -> None:
    """New projects of CDK have it."""
    stack = Stack(App(context={MANAGED_LOG_GROUP: True}), "Stack")
    metrics = FunctionLogMetrics(stack, "Metrics", function=new_function(stack))

    assert metrics.log_group.node.path == "Stack/Function/LogGroup"


@pytest.mark.parametrize("kind", ["own", "imported"])
def test_a_function_with_an_unknown_log_group_is_an_error(kind: str) -> None:
    """CDK would create a custom resource; a guess would fail the deployment."""
    stack = new_stack()
    function: lambda_.IFunction = (
        new_function(stack)
        if kind == "own"
        else lambda_.Function.from_function_name(stack, "There", "chat")
    )

    with pytest.raises(ValueError, match="the app does not create the log group"):
        FunctionLogMetrics(stack, "Metrics", function=function)

    assert not resources(synthesize(stack), "Custom::LogRetention")


def test_a_log_without_reports_is_an_error() -> None:
    """The level WARN leaves them out of JSON."""
    stack = new_stack()
    function = new_function(
        stack,
        log_group=LogGroup(stack, "Log"),
        logging_format=JSON,
        system_log_level_v2=lambda_.SystemLogLevel.WARN,
    )

    with pytest.raises(ValueError, match="because the system log level is WARN"):
        FunctionLogMetrics(stack, "Metrics", function=function)
