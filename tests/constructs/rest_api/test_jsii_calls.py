"""The cost of a synthesis: the number of calls to jsii's Node.js process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aws_cdk import Duration
from aws_cdk.aws_apigateway import CorsOptions, ThrottleSettings
from jsii._kernel.providers import process  # the one place every call goes through

from streaming_construct import StreamingRestApi
from tests.support.synthesis import new_function, new_stack, only, synthesize


@contextmanager
def count_calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Collect the name of every request to Node.js."""
    calls: list[str] = []
    send = process._NodeProcess.send

    def counting(self: Any, request: Any, *rest: Any) -> Any:
        calls.append(type(request).__name__)
        return send(self, request, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(process._NodeProcess, "send", counting)
        yield calls


def measure_synthesis(monkeypatch: pytest.MonkeyPatch, routes: int) -> tuple[int, dict[str, Any]]:
    """Return the calls for an app whose API has `routes` routes, and its template."""
    with count_calls(monkeypatch) as calls:
        stack = new_stack()
        api = StreamingRestApi(
            stack,
            "Api",
            handler=new_function(stack),
            cors=CorsOptions(allow_origins=["https://app.example"]),
        )
        timeout = Duration.minutes(1)
        for number in range(routes):
            api.add_route(
                f"/area{number // 10}/r{number}/{{id}}",
                methods=["GET"],
                timeout=timeout,
                throttle=ThrottleSettings(rate_limit=5, burst_limit=10),
            )
        template = synthesize(stack)
    return len(calls), template


def test_the_calls_do_not_grow_with_the_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    """At most 64 for any number of routes, the app, the function and the synthesis included."""
    few, _ = measure_synthesis(monkeypatch, 4)
    many, _ = measure_synthesis(monkeypatch, 40)

    assert few == many
    assert many <= 64


def test_the_resources_do_not_grow_with_the_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    """CloudFormation's 500 resources are no limit to the routes of an API."""
    _, few = measure_synthesis(monkeypatch, 1)
    _, many = measure_synthesis(monkeypatch, 40)

    assert len(few["Resources"]) == len(many["Resources"])
    assert len(only(many, "AWS::ApiGateway::RestApi")["Body"]["paths"]) == 42
