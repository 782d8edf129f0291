"""The metric filters of a template, on lines that the local gateway and its functions wrote."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_logs import LogGroup

from streaming_construct import FunctionLogMetrics, StreamingRestApi
from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.local.lambda_.invocation import FunctionError
from streaming_construct.model.api import Stage
from streaming_construct.model.usage_plans import Throttle
from tests.support.filter_pattern import extract
from tests.support.in_memory_functions import Step, api_model, gateway, prelude, route
from tests.support.running_functions import event, read_all, running_service, source_function
from tests.support.synthesis import new_function, new_stack, only, resources, synthesize

Filters = dict[str, dict[str, Any]]

STEPS: dict[str, list[Step]] = {
    "whole": [prelude(), 0.2, b"first", 0.2, b"second"],
    "cut": [prelude(), b"begun", FunctionError("Runtime.Boom", "it broke")],
    "endless": [prelude(), b"begun", 30.0],
    "silent": [30.0],
    "buffered": [b'{"statusCode": 200, "body": "all of it"}'],
    "rejecting": [prelude(statusCode=404), b"no such thing"],
}


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    """A template with every metric of an API, for all routes and by route."""
    stack = new_stack()
    api = StreamingRestApi(stack, "Api", handler=new_function(stack), proxy=False)
    api.add_route("/whole", methods=["GET"])
    for metric in (
        api.metric_time_to_headers,
        api.metric_time_to_first_content,
        api.metric_stream_duration,
        api.metric_streamed_bytes,
        api.metric_streamed,
        api.metric_buffered,
        api.metric_aborted,
        api.metric_throttled,
    ):
        metric()
        metric(route="GET /whole")
    return synthesize(stack)


def filters_of(template: dict[str, Any]) -> Filters:
    """Return pattern, value and dimensions of each filter, by the name of its metric.

    Those that are by route have `/` at the end of their name.
    """
    filters: Filters = {}
    for resource in resources(template, "AWS::Logs::MetricFilter").values():
        properties = resource["Properties"]
        (transformation,) = properties["MetricTransformations"]
        name = transformation["MetricName"] + ("/" if "Dimensions" in transformation else "")
        filters[name] = {"pattern": properties["FilterPattern"], **transformation}
    return filters


def publish(filters: Filters, line: str) -> dict[str, float]:
    """Return the values that each filter of all routes adds to its metric for a line."""
    values = {
        name: extract(metric_filter["pattern"], line, metric_filter["MetricValue"])
        for name, metric_filter in filters.items()
        if not name.endswith("/")
    }
    return {name: value for name, value in values.items() if value is not None}


@pytest.fixture(scope="module")
def lines(template: dict[str, Any]) -> dict[str, str]:
    """The access log of one request to each route, in the format of the template."""
    stage = only(template, "AWS::ApiGateway::Stage")
    streamed = [
        route(f"/{name}", function=name, timeout_ms=700) for name in STEPS if name != "buffered"
    ]
    api = api_model(
        *streamed,
        route("/buffered", function="buffered", mode=TransferMode.BUFFERED),
        replace(route("/busy", function="whole"), throttle=Throttle(rate=0, burst=0)),
        stage=Stage(name="prod", access_log_format=stage["AccessLogSetting"]["Format"]),
    )
    return asyncio.run(_request_routes(api, [*STEPS, "busy", "unknown"]))


async def _request_routes(api: Any, names: list[str]) -> dict[str, str]:
    async with gateway(api, STEPS) as served, httpx.AsyncClient(timeout=10) as client:
        for name in names:
            with suppress(httpx.RemoteProtocolError):
                await client.get(served.url(f"/{name}"))
        async with client.stream("GET", served.url("/endless")) as leaving:
            assert await anext(aiter(leaving.aiter_bytes())) == b"begun"
        logged: list[str] = []
        while len(logged) <= len(names):
            await asyncio.sleep(0.02)
            logged = [line for line in served.console if line.startswith("{")]
    return dict(zip([*names, "left"], logged, strict=True))


def test_a_complete_stream_has_its_times_and_its_bytes(
    template: dict[str, Any], lines: dict[str, str]
) -> None:
    """Headers, 200 ms later the first content, 200 ms later the end."""
    metrics = publish(filters_of(template), lines["whole"])

    assert metrics.keys() == {
        "TimeToHeaders",
        "TimeToFirstContent",
        "StreamDuration",
        "StreamedBytes",
        "Streamed",
    }
    assert metrics["Streamed"] == 1
    assert metrics["StreamedBytes"] == len("firstsecond")
    assert metrics["TimeToHeaders"] + 100 < metrics["TimeToFirstContent"]
    assert metrics["TimeToFirstContent"] + 100 < metrics["StreamDuration"]


@pytest.mark.parametrize("name", ["cut", "endless", "left"])
def test_a_truncated_stream_is_aborted(
    name: str, template: dict[str, Any], lines: dict[str, str]
) -> None:
    """The function failed, the integration timed out, or the client left. The status is 200."""
    metrics = publish(filters_of(template), lines[name])

    assert json.loads(lines[name])["status"] == "200"
    assert metrics["Aborted"] == 1
    assert metrics["Streamed"] == 1
    assert metrics["StreamedBytes"] == len("begun")


@pytest.mark.parametrize("name", ["whole", "rejecting", "silent", "buffered", "busy", "unknown"])
def test_an_error_before_the_stream_is_not_aborted(
    name: str, template: dict[str, Any], lines: dict[str, str]
) -> None:
    """The client receives its status."""
    assert "Aborted" not in publish(filters_of(template), lines[name])


def test_a_function_without_a_response_has_a_504_and_no_times(
    template: dict[str, Any], lines: dict[str, str]
) -> None:
    """It counts as a streamed request. A dash is no number."""
    metrics = publish(filters_of(template), lines["silent"])

    assert json.loads(lines["silent"])["status"] == "504"
    assert not metrics.keys() & {"TimeToHeaders", "TimeToFirstContent"}
    assert metrics["Streamed"] == 1


def test_a_buffered_response_is_counted_separately(
    template: dict[str, Any], lines: dict[str, str]
) -> None:
    """Its times are not among those of streams."""
    assert publish(filters_of(template), lines["buffered"]) == {"Buffered": 1}


def test_a_throttled_request_is_counted_and_one_without_a_route_is_not(
    template: dict[str, Any], lines: dict[str, str]
) -> None:
    """The rate of the stage or route is a 429, a request without a route a 403."""
    assert publish(filters_of(template), lines["busy"]) == {"Throttled": 1}
    assert publish(filters_of(template), lines["unknown"]) == {}


def test_a_preflight_is_not_a_buffered_response(
    template: dict[str, Any], lines: dict[str, str]
) -> None:
    """Its mock integration buffers, whatever API Gateway writes to the log."""
    preflight = json.dumps({**json.loads(lines["buffered"]), "httpMethod": "OPTIONS"})

    assert publish(filters_of(template), preflight) == {}


def test_filters_by_route_match_the_same_lines(
    template: dict[str, Any], lines: dict[str, str]
) -> None:
    """Their dimensions are the method of the request and the path of the route."""
    filters = filters_of(template)
    of_all = {
        name: metric_filter for name, metric_filter in filters.items() if not name.endswith("/")
    }

    assert len(of_all) == 8
    assert filters.keys() == {*of_all, *(f"{name}/" for name in of_all)}
    for line in lines.values():
        for name, filter_of_all in of_all.items():
            by_route = filters[f"{name}/"]
            assert extract(by_route["pattern"], line, by_route["MetricValue"]) == extract(
                filter_of_all["pattern"], line, filter_of_all["MetricValue"]
            )
            selectors = {d["Key"]: d["Value"] for d in by_route["Dimensions"]}
            logged = json.loads(line)
            assert logged[selectors["Method"].removeprefix("$.")] == "GET"
    assert json.loads(lines["whole"])["resourcePath"] == "/whole"


HANDLERS = """
import time

def quick(event, context):
    print('{"type": "platform.report", "record": {}}')

def slow(event, context):
    time.sleep(5)
"""


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The reports of a cold, a warm and a timed-out invocation, from separate processes."""
    folder = tmp_path_factory.mktemp("functions")
    quick = _console(folder / "quick", "i.quick", 10, times=2)
    (timed_out,) = _console(folder / "slow", "i.slow", 0.3)
    return {"cold": quick[0], "warm": quick[1], "timed out": timed_out}


def _console(folder: Path, handler: str, timeout: float, *, times: int = 1) -> list[str]:
    console: list[str] = []

    async def scenario() -> None:
        function = source_function(
            folder, {"i.py": HANDLERS}, handler, timeout_seconds=timeout, memory_mb=256
        )
        async with running_service(function, console=console) as service:
            for _ in range(times):
                with suppress(FunctionError):
                    await read_all(await service.invoke("fn", event()))
            await asyncio.sleep(0.2)

    asyncio.run(scenario())
    lines = [line.partition("] ")[2] for line in console]
    return [line for line in lines if line.startswith("REPORT")]


def report_filters(**function: Any) -> Filters:
    """Return the filters of the metrics of a function, by metric and format."""
    stack = new_stack()
    logged = new_function(stack, log_group=LogGroup(stack, "Log"), **function)
    metrics = FunctionLogMetrics(stack, "Metrics", function=logged)
    metrics.metric_init_duration()
    metrics.metric_memory_used()
    metrics.metric_timeouts()
    return filters_of(synthesize(stack))


# What X-Ray adds to the report of a function that is traced.
TRACED = "\t\nXRAY TraceId: 1-6a67abf9-44f1\tSegmentId: 7c4eb6a6\tSampled: true\t"


@pytest.mark.parametrize("end", ["", TRACED])
def test_text_reports_have_cold_starts_memory_and_timeouts(
    end: str, reports: dict[str, str]
) -> None:
    """Functions of the gateway wrote the lines. Those of traced functions have more fields."""
    filters = report_filters()
    metrics = {name: publish(filters, line + end) for name, line in reports.items()}

    assert metrics["cold"].keys() == {"InitDuration", "MemoryUsed"}
    assert metrics["warm"].keys() == {"MemoryUsed"}
    assert "Timeouts" in metrics["timed out"]
    assert f"Init Duration: {metrics['cold']['InitDuration']:.2f} ms" in reports["cold"]
    assert f"Max Memory Used: {metrics['warm']['MemoryUsed']:.0f} MB" in reports["warm"]


# As functions with the JSON log format write them, from AWS's schema of these events.
# https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
JSON_REPORT: dict[str, Any] = {
    "time": "2026-10-08T07:30:29.470Z",
    "type": "platform.report",
    "record": {
        "requestId": "79b5e81f",
        "metrics": {
            "durationMs": 1233.96,
            "billedDurationMs": 1698,
            "memorySizeMB": 256,
            "maxMemoryUsedMB": 123,
            "initDurationMs": 463.512,
        },
        "status": "success",
    },
}


def test_json_reports_have_the_same_values() -> None:
    """The logging of the function sets the format."""
    filters = report_filters(logging_format=lambda_.LoggingFormat.JSON)
    record = JSON_REPORT["record"]
    warm = {k: v for k, v in record["metrics"].items() if k != "initDurationMs"}
    timed_out = {**JSON_REPORT, "record": {**record, "metrics": warm, "status": "timeout"}}

    assert publish(filters, json.dumps(JSON_REPORT)) == {
        "InitDuration": 463.512,
        "MemoryUsed": 123,
    }
    assert publish(filters, json.dumps(timed_out)) == {"MemoryUsed": 123, "Timeouts": 1}
    assert publish(filters, '{"type": "function", "record": "text"}') == {}
