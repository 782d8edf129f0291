"""Names out of construct paths are unique, and AWS accepts them."""

from __future__ import annotations

import re

import pytest
from aws_cdk import Stack
from constructs import Construct

from streaming_construct import Authorizer, StreamingQueries, StreamingRestApi
from streaming_construct.constructs.cdk.names import create_name
from tests.support.synthesis import body_of, new_function, resources, synthesize

LONG = "LevelOfTheHierarchy" * 16
ODD = ("Chat: *", "Chat: $", "日本", "中国", LONG, LONG + "2")


def test_a_name_that_is_accepted_stays_as_it_is() -> None:
    """It is part of what is deployed."""
    assert create_name("Chat-Api", max_length=8, rejected="[:*]") == "Chat-Api"


def test_metrics_of_any_construct_id_have_a_namespace(stack: Stack) -> None:
    """CloudWatch rejects other characters, and more of them."""
    function = new_function(stack)
    namespaces = {
        StreamingRestApi(stack, name, handler=function).metric_streamed().namespace for name in ODD
    }

    assert len(namespaces) == len(ODD)
    assert all(re.fullmatch(r"[ !-#%-)+-9;-~]{1,255}", name) for name in namespaces)


def test_queries_of_any_construct_id_have_a_name(stack: Stack) -> None:
    """CloudWatch Logs rejects colons and asterisks."""
    function = new_function(stack)
    for name in ("Chat: *", LONG):
        api = StreamingRestApi(stack, name, handler=function)
        StreamingQueries(stack, f"{name}Queries", api=api)

    queries = resources(synthesize(stack), "AWS::Logs::QueryDefinition").values()
    names = [query["Properties"]["Name"] for query in queries]
    assert all(re.fullmatch(r"[^:*]{1,255}", name) for name in names)


@pytest.mark.parametrize("depth", [1, 20])
def test_an_authorizer_of_a_long_path_has_a_name(stack: Stack, depth: int) -> None:
    """API Gateway accepts 128 characters."""
    scope: Construct = stack
    for _ in range(depth):
        scope = Construct(scope, "LevelOfTheHierarchy")
    guards = [new_function(scope, name) for name in ("Guard", "Watch")]
    api = StreamingRestApi(stack, "Api", handler=new_function(stack))
    for guard in guards:
        api.add_route(f"/{guard.node.id}", authorizer=Authorizer.token(guard))

    schemes = body_of(synthesize(stack))["components"]["securitySchemes"]
    assert len(schemes) == 2
    assert all(len(name) <= 128 for name in schemes)
