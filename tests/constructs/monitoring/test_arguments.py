"""Each construct that measures an API names an argument of the wrong type."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk.aws_apigateway import RestApi

from streaming_construct import (
    FunctionLogMetrics,
    StreamingAlarms,
    StreamingDashboard,
    StreamingQueries,
    StreamingRestApi,
    TraceSampling,
    acknowledge_scanner_findings,
)
from tests.support.synthesis import new_function

CONSTRUCTS = [StreamingAlarms, StreamingDashboard, StreamingQueries, TraceSampling]


@pytest.mark.parametrize("kind", CONSTRUCTS)
def test_an_api_of_cdk_is_an_error(kind: Any, stack: Stack) -> None:
    """It has no metrics of streams. The message has the path of the construct."""
    with pytest.raises(ValueError, match=r"Stack/It: 1 problem.*\n.*not a StreamingRestApi\."):
        kind(stack, "It", api=RestApi(stack, "Api"))


@pytest.mark.parametrize("kind", [StreamingDashboard, StreamingQueries])
def test_functions_that_are_none_are_an_error(kind: Any, stack: Stack) -> None:
    """An API is a construct, and not a function."""
    api = StreamingRestApi(stack, "Api", handler=new_function(stack))

    for index, functions in enumerate((api.handler, "chat", [api])):
        with pytest.raises(ValueError, match=r"not a list of IFunction\."):
            kind(stack, f"It{index}", api=api, functions=functions)
    with pytest.raises(ValueError, match=r"not an IFunction\."):
        FunctionLogMetrics(stack, "Log", function=api)  # type: ignore[arg-type] # on purpose


def test_a_route_and_a_construct_of_a_wrong_type_are_named(stack: Stack) -> None:
    """Neither is ignored."""
    api = StreamingRestApi(stack, "Api", handler=new_function(stack))

    with pytest.raises(ValueError, match="the route is 5, and the API has no such route"):
        api.metric_streamed(route=5)  # type: ignore[arg-type] # on purpose
    with pytest.raises(TypeError, match="construct is 'api', not a construct"):
        acknowledge_scanner_findings("api")  # type: ignore[arg-type] # on purpose
