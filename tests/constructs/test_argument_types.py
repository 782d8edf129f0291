"""Each argument of a wrong type is one error with the path of the construct, all at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import Stack

from streaming_construct import (
    AccessLog,
    ManagedWebAcl,
    StreamingAlarms,
    StreamingDashboard,
    StreamingRestApi,
    TenantId,
)
from tests.support.synthesis import new_function, new_stack

WRONG: dict[
    str, tuple[Callable[[Stack, StreamingRestApi, dict[str, Any]], Any], dict[str, Any]]
] = {
    "access log": (
        lambda stack, api, wrong: new_api(stack, api, access_log=AccessLog(**wrong)),
        {"retention": 7, "removal_policy": "destroy", "encryption_key": "alias/x"},
    ),
    "group of the access log": (
        lambda stack, api, wrong: new_api(stack, api, access_log=AccessLog(**wrong)),
        {"group": "/aws/x"},
    ),
    "tenant id": (
        lambda stack, api, wrong: new_api(stack, api, tenant_id=TenantId(**wrong)),
        {"expression": 3},
    ),
    "web ACL": (
        lambda stack, api, wrong: new_api(stack, api, web_acl=ManagedWebAcl(**wrong)),
        {"allow_large_bodies": "no", "rate_limit": "5"},
    ),
    "usage plan": (
        lambda _, api, wrong: api.add_usage_plan(**wrong),
        {"plan_id": 3, "api_keys": 3, "route_throttles": [1], "name": 4, "description": 5},
    ),
    "API key": (lambda _, api, wrong: api.add_api_key(**wrong), {"key_id": 3, "name": 4}),
    "grant": (lambda _, api, wrong: api.grant_execute(**wrong), {"grantee": "role", "methods": 3}),
    "alarms": (
        lambda stack, _, wrong: StreamingAlarms(stack, "Alarms", **wrong),
        {
            "api": 3,
            "functions": "x",
            "alarm_action": "topic",
            "ok_action": "topic",
            "first_content_within": 3,
            "server_error_percent": "5",
            "timeout_percent": True,
        },
    ),
    "dashboard": (
        lambda stack, _, wrong: StreamingDashboard(stack, "Dashboard", **wrong),
        {"api": "api", "functions": 3, "dashboard_name": 4},
    ),
}


def new_api(stack: Stack, api: StreamingRestApi, **options: Any) -> StreamingRestApi:
    return StreamingRestApi(stack, "Wrong", handler=api.handler, **options)


@pytest.fixture(scope="module")
def api() -> StreamingRestApi:
    stack = new_stack()
    return StreamingRestApi(stack, "Api", handler=new_function(stack))


@pytest.mark.parametrize("name", WRONG)
def test_wrong_types_are_reported_at_once(name: str, api: StreamingRestApi) -> None:
    """CDK would name one of them without the construct, or fail at synthesis."""
    create, wrong = WRONG[name]
    stack = Stack.of(api)
    for construct_id in ("Wrong", "Alarms", "Dashboard"):
        stack.node.try_remove_child(construct_id)

    with pytest.raises(ValueError, match=rf"^{stack.node.id}/\w+: \d+ problem") as raised:
        create(stack, api, wrong)

    lines = str(raised.value).splitlines()[1:]
    assert len(lines) == len(wrong), lines
    for value in wrong.values():
        assert any(repr(value) in line for line in lines), (value, lines)
