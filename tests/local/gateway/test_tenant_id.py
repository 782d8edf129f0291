"""The mapping that passes the tenant id to Lambda, from each of its sources."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from streaming_construct.local.lambda_.invocation import TenantIdError
from tests.support.in_memory_functions import api_model, gateway, prelude, route

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("expression", "request_", "tenant"),
    [
        ("method.request.header.x-tenant-id", {"headers": {"X-Tenant-Id": "blue"}}, "blue"),
        ("method.request.querystring.tenant", {"params": {"tenant": "green"}}, "green"),
        ("method.request.path.tenant", {}, "red"),
        ("context.stage", {}, "prod"),
        ("'fixed'", {}, "fixed"),
        ("method.request.header.x-tenant-id", {}, ""),
        (None, {"headers": {"X-Amz-Tenant-Id": "blue"}}, ""),
    ],
)
async def test_the_tenant_id_comes_only_from_the_mapping(
    expression: str | None, request_: dict[str, Any], tenant: str
) -> None:
    """A client cannot choose the tenant with Lambda's header."""
    api = api_model(route("/{tenant}", tenant_id=expression))
    async with gateway(api, {"fn": [prelude(), b"ok"]}) as served, httpx.AsyncClient() as client:
        response = await client.get(served.url("/red"), **request_)

    assert (response.status_code, served.functions.tenants) == (200, [tenant])


async def test_an_invocation_that_lambda_rejects_is_a_500() -> None:
    """The console has the reason, the response does not."""
    error = TenantIdError("the function has tenant isolation, and the request has no tenant id")
    api = api_model(route("/"))
    async with gateway(api, {"fn": [error]}) as served, httpx.AsyncClient() as client:
        response = await client.get(served.url("/"))

    assert (response.status_code, response.json()) == (500, {"message": "Internal server error"})
    assert any("Lambda returned 400" in line for line in served.console)
