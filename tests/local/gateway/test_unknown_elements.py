"""Routes with an unknown element: 501 with the reason, and a line at startup."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from streaming_construct.local.gateway.startup_messages import format_route_table
from streaming_construct.local.lambda_.service import LambdaService
from streaming_construct.model.api import ApiModel
from streaming_construct.model.authorization import Authorizer, AuthorizerType, MethodAuthorization
from streaming_construct.model.functions import Function
from streaming_construct.model.source_location import SourceLocation
from tests.support.in_memory_functions import api_model, gateway, prelude, route

pytestmark = pytest.mark.anyio

REASON = "streaming-construct does not know Type 'INVENTED'"
AUTHORIZER = Authorizer(
    type=AuthorizerType.REQUEST,
    name="Id",
    origin=SourceLocation(),
    unknown={"Type": "'INVENTED'"},
)


@pytest.mark.parametrize(
    "api",
    [
        api_model(route("/", unknown={"Type": "'INVENTED'"})),
        api_model(replace(route("/"), access=MethodAuthorization(authorizer=AUTHORIZER))),
    ],
)
async def test_the_response_is_501_with_the_reason(api: ApiModel) -> None:
    """The element is in an integration or an authorizer. No function is invoked."""
    async with gateway(api, {"fn": [prelude(), b"ok"]}) as served, httpx.AsyncClient() as client:
        response = await client.get(served.url("/"))

    assert response.status_code == 501
    assert REASON in response.json()["message"]
    assert served.functions.events == []


async def test_a_function_with_an_unknown_property_does_not_run() -> None:
    """Its routes respond with the same reason."""
    function = Function(
        id="fn", origin=SourceLocation(), runtime="INVENTED", unknown={"Type": "'INVENTED'"}
    )
    service = LambdaService({"fn": function}, console=print)
    try:
        assert service.list_unavailable() == {"fn": REASON}
    finally:
        await service.aclose()


async def test_the_route_table_names_the_unknown_element() -> None:
    """The line precedes the first request."""
    (row, *_) = format_route_table(api_model(route("/", unknown={"Type": "'INVENTED'"})), {})

    assert row == f"ANY  /  not served    {REASON}"
