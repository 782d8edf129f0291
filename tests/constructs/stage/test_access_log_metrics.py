"""Metrics of the access log of an API, and their metric filters."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import App, Duration, NestedStack, Stack, Token
from aws_cdk.aws_apigateway import AccessLogFormat, RestApi, StageOptions
from aws_cdk.aws_logs import LogGroup, RetentionDays
from constructs import Construct

from streaming_construct import AccessLog, StreamingRestApi
from tests.support.synthesis import new_function, new_stack, resources, synthesize


def new_api(stack: Stack, **options: Any) -> StreamingRestApi:
    return StreamingRestApi(stack, "Api", handler=new_function(stack), **options)


def filters(stack: Stack) -> dict[str, dict[str, Any]]:
    """Return the metric filters of a stack by logical id without its hash."""
    metric_filters = resources(synthesize(stack), "AWS::Logs::MetricFilter")
    return {
        logical_id[:-8]: filter_["Properties"] for logical_id, filter_ in metric_filters.items()
    }


def test_a_metric_filter_is_created_once_with_its_first_metric() -> None:
    """Another statistic uses the same metric. A metric by route is another one, for all routes."""
    stack = new_stack()
    api = new_api(stack)
    assert filters(stack) == {}

    api.metric_stream_duration()
    api.metric_stream_duration(statistic="Maximum")
    api.metric_stream_duration(route="GET /")
    api.metric_stream_duration(route="PUT /{proxy+}")

    assert filters(stack).keys() == {
        "ApiMetricsStreamDuration",
        "ApiMetricsStreamDurationByRoute",
    }


def test_a_metric_has_the_namespace_and_name_of_its_filter() -> None:
    """Dimensions are those of the filter. Counts have a default of zero if they can."""
    stack = new_stack()
    api = new_api(stack)
    of_all = api.metric_aborted()
    of_one = api.metric_aborted(route="GET /{proxy+}", period=Duration.minutes(1), label="x")
    transformations = {
        name.removeprefix("ApiMetrics"): filter_["MetricTransformations"][0]
        for name, filter_ in filters(stack).items()
    }

    assert (of_all.namespace, of_all.metric_name) == ("StreamingConstruct/Stack/Api", "Aborted")
    assert (
        transformations["Aborted"]["MetricNamespace"]
        == transformations["AbortedByRoute"]["MetricNamespace"]
    )
    assert transformations["Aborted"]["MetricNamespace"] == of_one.namespace
    assert transformations["Aborted"]["DefaultValue"] == 0
    assert "DefaultValue" not in transformations["AbortedByRoute"]
    assert of_all.dimensions is None
    assert of_one.dimensions == {"Method": "GET", "Resource": "/{proxy+}"}
    assert {d["Key"] for d in transformations["AbortedByRoute"]["Dimensions"]} == {
        "Method",
        "Resource",
    }
    assert (of_one.statistic, of_one.label, of_one.period.to_seconds()) == ("Sum", "x", 60)


def test_a_number_has_no_default_and_its_field_is_in_the_pattern() -> None:
    """A zero for lines without it would make every percentile wrong."""
    stack = new_stack()
    new_api(stack).metric_streamed_bytes()
    (metric_filter,) = filters(stack).values()

    assert metric_filter["MetricTransformations"][0]["MetricValue"] == "$.responseLength"
    assert "DefaultValue" not in metric_filter["MetricTransformations"][0]
    assert "$.responseLength" in metric_filter["FilterPattern"]


def test_no_two_apis_of_an_account_share_a_namespace() -> None:
    """Not in one stack, in stacks with given names, or in nested stacks."""
    app = App()
    first = Stack(app, "First", stack_name="chat-dev")
    nested = NestedStack(first, "Nested")
    scope = Construct(first, "Deep")
    apis = [
        new_api(first),
        StreamingRestApi(scope, "Api", handler=new_function(first, "F")),
        new_api(nested),
    ]

    assert [api.metric_streamed().namespace for api in apis] == [
        "StreamingConstruct/chat-dev/Api",
        "StreamingConstruct/chat-dev/Deep/Api",
        "StreamingConstruct/chat-dev/Nested/Api",
    ]


def test_fields_of_another_format_are_found() -> None:
    """The variable identifies the field."""
    stack = new_stack()
    custom = AccessLogFormat.custom(
        '{"id":"$context.requestId","s":{"mode":"$context.integration.responseTransferMode",'
        '"end":"$context.integrationLatency"}}'
    )
    new_api(stack, access_log=AccessLog(format=custom)).metric_stream_duration()
    (metric_filter,) = filters(stack).values()

    assert metric_filter["FilterPattern"] == '{ $.s.mode = "STREAMED" && $.s.end != "-" }'
    assert metric_filter["MetricTransformations"][0]["MetricValue"] == "$.s.end"


def test_the_filter_is_on_the_given_log_group() -> None:
    """The API writes to the same group."""
    stack = new_stack()
    new_api(stack, access_log=AccessLog(group=LogGroup(stack, "Mine"))).metric_streamed()
    (metric_filter,) = filters(stack).values()

    assert metric_filter["LogGroupName"]["Ref"].startswith("Mine")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"access_log": False}, "access_log is False"),
        (
            {
                "access_log": AccessLog(
                    format=AccessLogFormat.json_with_standard_fields(
                        caller=True,
                        http_method=True,
                        ip=True,
                        protocol=True,
                        request_time=True,
                        resource_path=True,
                        response_length=True,
                        status=True,
                        user=True,
                    )
                )
            },
            (
                r"no field for \$context.integration.responseTransferMode, "
                r"\$context.integration.timeToFirstContent"
            ),
        ),
        ({"access_log": AccessLog(format=AccessLogFormat.clf())}, "the format is not JSON"),
        (
            {
                "access_log": AccessLog(
                    format=AccessLogFormat.custom(
                        '{"id":"$context.requestId","status":$context.status}'
                    )
                )
            },
            "each variable in quotes",
        ),
        (
            {"access_log": AccessLog(format=AccessLogFormat.custom(Token.as_string({"Ref": "P"})))},
            "the format is a token",
        ),
    ],
)
def test_a_log_without_a_required_field_is_an_error(options: dict[str, Any], message: str) -> None:
    """The error names the field, and no filter is created."""
    stack = new_stack()
    api = new_api(stack, **options)

    with pytest.raises(ValueError, match=message) as rejected:
        api.metric_time_to_first_content()

    assert "[stream-metric-invalid]" in str(rejected.value)
    assert filters(stack) == {}


@pytest.mark.parametrize("route", ["GET /chat", "POST /old", "ANY /old", "/old", "get /old"])
def test_a_metric_of_an_unknown_route_is_an_error(route: str) -> None:
    """The metric would be empty forever."""
    stack = new_stack()
    api = new_api(stack, proxy=False)
    api.add_route("/old", methods=["GET"])

    with pytest.raises(ValueError, match="has no such route yet"):
        api.metric_streamed(route=route)

    assert filters(stack) == {}


def test_a_metric_accepts_the_options_of_cdk_except_dimensions(stack: Stack) -> None:
    """The filter determines the dimensions."""
    api = new_api(stack)

    metric = api.metric_streamed(label="Streams", color="#00ff00", period=Duration.minutes(1))

    assert (metric.label, metric.color) == ("Streams", "#00ff00")
    assert metric.period.to_seconds() == 60
    with pytest.raises(ValueError, match="dimensions_map is not accepted"):
        api.metric_streamed(dimensions_map={"Method": "GET"})


def test_an_access_log_is_a_destination_of_the_rest_api_of_cdk(stack: Stack) -> None:
    """A new log group is created below the stage. The same object may serve several."""
    log = AccessLog(retention=RetentionDays.ONE_WEEK)
    for name in ("One", "Two"):
        options = StageOptions(access_log_destination=log, access_log_format=log.log_format())
        RestApi(stack, name, deploy_options=options).root.add_method("GET")

    template = synthesize(stack)
    groups = resources(template, "AWS::Logs::LogGroup")
    stages = resources(template, "AWS::ApiGateway::Stage").values()
    destinations = {
        s["Properties"]["AccessLogSetting"]["DestinationArn"]["Fn::GetAtt"][0] for s in stages
    }
    assert destinations == set(groups)
    assert {g["Properties"]["RetentionInDays"] for g in groups.values()} == {7}
