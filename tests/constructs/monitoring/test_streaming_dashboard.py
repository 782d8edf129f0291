"""The dashboard, the saved queries and the sampling rule of an API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigateway import ResponseTransferMode, StageOptions
from aws_cdk.aws_logs import LogGroup

from streaming_construct import (
    StreamingDashboard,
    StreamingQueries,
    StreamingRestApi,
    TraceSampling,
)
from tests.support.synthesis import new_function, new_stack, only, resources, synthesize

THERE = "arn:aws:lambda:eu-west-1:111122223333:function:chat"


def widgets_of(template: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the widgets of the one dashboard, every reference as `<name>`."""
    joined = only(template, "AWS::CloudWatch::Dashboard")["DashboardBody"]["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else f"<{part['Ref']}>" for part in joined)
    widgets: list[dict[str, Any]] = json.loads(text)["widgets"]
    return widgets


def test_the_dashboard_shows_requests_streams_and_functions() -> None:
    """Rows fill its 24 columns. Data of routes is in tables, not in metrics."""
    stack = new_stack()
    function = new_function(stack)
    api = StreamingRestApi(stack, "Api", handler=function)
    StreamingDashboard(stack, "Dashboard", api=api, functions=[function])
    template = synthesize(stack)
    widgets = widgets_of(template)
    rows: dict[int, int] = {}
    for widget in widgets:
        rows[widget["y"]] = rows.get(widget["y"], 0) + widget["width"]

    titles = [widget["properties"]["title"] for widget in widgets]
    assert titles[0] == "Is it streaming?"
    assert {"How soon does it begin?", "Does it fail?", "Which functions fail?"} <= set(titles)
    assert set(rows.values()) == {24}
    assert len(resources(template, "AWS::Logs::MetricFilter")) == 8
    assert not any("ByRoute" in name for name in resources(template, "AWS::Logs::MetricFilter"))


def test_without_functions_the_dashboard_shows_only_the_api() -> None:
    """It queries no log of a function."""
    stack = new_stack()
    api = StreamingRestApi(stack, "Api", handler=new_function(stack))
    StreamingDashboard(stack, "Dashboard", api=api)

    assert "/aws/lambda" not in json.dumps(widgets_of(synthesize(stack)))


@pytest.mark.parametrize("kind", ["dashboard", "queries"])
def test_a_route_that_is_added_later_counts(kind: str) -> None:
    """The query for buffered responses excludes a buffered route."""
    stack = new_stack()
    api = StreamingRestApi(stack, "Api", handler=new_function(stack))
    if kind == "dashboard":
        StreamingDashboard(stack, "Dashboard", api=api)
    else:
        StreamingQueries(stack, "Queries", api=api)
    api.add_route("/health", methods=["GET"], response_transfer_mode=ResponseTransferMode.BUFFERED)

    text = json.dumps(synthesize(stack))
    assert "/health" in text.partition("filter not (resourcePath = ")[2][:30]


def test_the_queries_are_named_for_the_stack_and_the_api() -> None:
    """They read the log of the API, and those of functions by name if the groups are unknown."""
    stack = new_stack("Chat")
    logged = new_function(stack, log_group=LogGroup(stack, "Log"))
    imported = lambda_.Function.from_function_arn(stack, "There", THERE)
    api = StreamingRestApi(stack, "Api", handler=logged)
    twice = logged.add_alias("live")
    queries = StreamingQueries(stack, "Queries", api=api, functions=[logged, twice, imported])
    log_groups = {
        query["Properties"]["Name"]: query["Properties"]["LogGroupNames"]
        for query in resources(synthesize(stack), "AWS::Logs::QueryDefinition").values()
    }

    assert log_groups.keys() == {f"Chat/Api/{name}" for name in queries.queries}
    assert log_groups["Chat/Api/Throttled callers"][0]["Ref"].startswith("ApiAccessLog")
    of_functions = log_groups["Chat/Api/Cold starts and memory"]
    assert of_functions[0]["Ref"].startswith("Log")
    assert of_functions[1:] == ["/aws/lambda/chat"]


@pytest.mark.parametrize("construct", [StreamingDashboard, StreamingQueries])
def test_an_api_without_an_access_log_has_no_dashboard_and_no_queries(construct: Any) -> None:
    """There is no data."""
    stack = new_stack()
    api = StreamingRestApi(stack, "Api", handler=new_function(stack), access_log=False)

    with pytest.raises(ValueError, match="access_log is False"):
        construct(stack, "Seen", api=api)


def test_a_sampling_rule_is_for_one_stage() -> None:
    """A rule without the stage would sample every API of the account."""
    stack = new_stack()
    api = StreamingRestApi(stack, "Api", handler=new_function(stack))
    TraceSampling(stack, "Sampling", api=api, fixed_rate=0.5, reservoir_size=3, priority=7)
    rule = only(synthesize(stack), "AWS::XRay::SamplingRule")["SamplingRule"]

    assert (rule["FixedRate"], rule["ReservoirSize"], rule["Priority"]) == (0.5, 3, 7)
    assert rule["ServiceType"] == "AWS::ApiGateway::Stage"
    assert rule["ResourceARN"]["Fn::Join"][1][-2] == "/stages/"
    assert len(rule["RuleName"]) <= 32


def test_all_problems_of_a_sampling_rule_are_reported_at_once() -> None:
    """Its numbers, and that the API has no tracing."""
    stack = new_stack()
    api = StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        deploy_options=StageOptions(tracing_enabled=False),
    )

    with pytest.raises(ValueError, match="4 problems") as rejected:
        TraceSampling(stack, "Sampling", api=api, fixed_rate=5, reservoir_size=-1, priority=0)

    for problem in (
        "rate is 5",
        "reservoir is -1",
        "priority is 0",
        "tracing of the API is disabled",
    ):
        assert problem in str(rejected.value)
