"""A deployment is a snapshot: what changes the API must make a new one, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigateway import CorsOptions, ResponseTransferMode

from streaming_construct import StreamingRestApi
from tests.synthesis import new_stack, resources, synthesize

Change = Callable[[StreamingRestApi], None]


def deployment_id(change: Change | None = None, code: str = "1", **options: Any) -> str:
    """Return the logical id of the deployment of an API after `change`."""
    stack = new_stack()
    function = lambda_.Function(
        stack,
        "Function",
        runtime=lambda_.Runtime.NODEJS_22_X,
        handler="index.handler",
        code=lambda_.Code.from_inline(code),
    )
    api = StreamingRestApi(stack, "Api", handler=function, **options)
    if change:
        change(api)
    (logical_id,) = resources(synthesize(stack), "AWS::ApiGateway::Deployment")
    return logical_id


CHANGES: dict[str, Callable[[], str]] = {
    "a route": lambda: deployment_id(lambda api: api.add_route("/chat")),
    "a method": lambda: deployment_id(lambda api: api.add_route("/", methods=["GET"])),
    "a transfer mode": lambda: deployment_id(
        lambda api: api.add_route("/", transfer_mode=ResponseTransferMode.BUFFERED)
    ),
    "a timeout": lambda: deployment_id(lambda api: api.add_route("/", timeout=Duration.seconds(2))),
    "a preflight and gateway responses": lambda: deployment_id(
        cors=CorsOptions(allow_origins=["*"])
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_the_api_is_deployed(change: str) -> None:
    """Otherwise the stage would go on serving the old snapshot."""
    assert CHANGES[change]() != deployment_id()


def test_origins_are_part_of_it() -> None:
    """One origin more is a change of preflights and gateway responses."""
    one = deployment_id(cors=CorsOptions(allow_origins=["https://a.example"]))
    other = deployment_id(cors=CorsOptions(allow_origins=["https://b.example"]))

    assert one != other


def test_new_code_of_a_function_is_no_change_of_the_api() -> None:
    """Lambda serves it without a deployment of the API."""
    assert deployment_id(code="2") == deployment_id(code="1")


def test_the_order_of_adding_routes_is_none_either() -> None:
    """Sorting one's calls does not redeploy."""

    def forth(api: StreamingRestApi) -> None:
        api.add_route("/a")
        api.add_route("/b")

    def back(api: StreamingRestApi) -> None:
        api.add_route("/b")
        api.add_route("/a")

    assert deployment_id(forth) == deployment_id(back)
