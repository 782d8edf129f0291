"""Functions with tenant isolation: an environment belongs to one tenant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streaming_construct.local.lambda_.invocation import CallerContext, TenantIdError
from streaming_construct.local.lambda_.service import LambdaService
from tests.support.running_functions import event, read_all, running_service, source_function

pytestmark = pytest.mark.anyio

APP = """
import os

def handler(event, context):
    return {"pid": os.getpid(), "tenant": context.tenant_id}
"""


async def invoke(service: LambdaService, tenant: str) -> tuple[int, str]:
    invocation = await service.invoke("fn", event(), caller=CallerContext(tenant_id=tenant))
    response = json.loads(await read_all(invocation))
    return response["pid"], response["tenant"]


async def test_each_tenant_has_a_separate_environment(tmp_path: Path) -> None:
    """A tenant gets its environment again, never that of another one."""
    function = source_function(tmp_path, {"app.py": APP}, "app.handler", is_tenant_isolated=True)
    async with running_service(function) as service:
        blue, green, again = [await invoke(service, name) for name in ("blue", "green", "blue")]

    assert (blue[1], green[1]) == ("blue", "green")
    assert again == blue
    assert green[0] != blue[0]


async def test_idle_environments_of_other_tenants_are_closed_for_a_new_one(tmp_path: Path) -> None:
    """The function has a reserved concurrency."""
    function = source_function(
        tmp_path,
        {"app.py": APP},
        "app.handler",
        is_tenant_isolated=True,
        reserved_concurrency=1,
    )
    async with running_service(function) as service:
        blue, green = [await invoke(service, name) for name in ("blue", "green")]

    assert blue[0] != green[0]


@pytest.mark.parametrize("tenant", ["", "a#b", "a" * 257])
async def test_an_invocation_without_a_valid_id_is_rejected(tmp_path: Path, tenant: str) -> None:
    """Lambda's Invoke does the same, with the pattern of its API."""
    function = source_function(tmp_path, {"app.py": APP}, "app.handler", is_tenant_isolated=True)
    async with running_service(function) as service:
        with pytest.raises(TenantIdError) as caught:
            await invoke(service, tenant)

    assert caught.value.error_type == "InvalidParameterValueException"
