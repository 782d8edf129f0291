"""Each argument of a wrong type is one error with the path of the construct, all at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk.aws_iam import Role
from aws_cdk.aws_lambda import Function, LayerVersion
from aws_cdk.aws_logs import LogGroup

from streaming_construct import (
    AccessLog,
    Authorizer,
    FunctionLogMetrics,
    ManagedWebAcl,
    OpenApi,
    OpenApiOptions,
    StreamingAlarms,
    StreamingDashboard,
    StreamingRestApi,
    TenantId,
    WebAdapter,
)
from streaming_construct.constructs.cdk.option_types import is_cdk_object
from tests.support.synthesis import new_function, new_stack

DOCUMENT = {"openapi": "3.0.1", "info": {"title": "x", "version": "1"}, "paths": {"/a": {}}}
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
    "OpenAPI options": (
        lambda stack, api, wrong: new_api(
            stack, api, openapi=OpenApiOptions(document=OpenApi.from_dict(DOCUMENT), **wrong)
        ),
        {"operation_overrides": [1], "include_models": "no", "max_resources": "9"},
    ),
    "metrics": (
        lambda stack, _, wrong: FunctionLogMetrics(stack, "Metrics", **wrong),
        {"function": "f", "log_group": "/aws/x"},
    ),
    "usage plan": (
        lambda _, api, wrong: api.add_usage_plan(**wrong),
        {"plan_id": 3, "api_keys": 3, "route_throttles": [1], "name": 4, "description": 5},
    ),
    "API key": (lambda _, api, wrong: api.add_api_key(**wrong), {"key_id": 3, "name": 4}),
    "grant": (lambda _, api, wrong: api.grant_execute(**wrong), {"grantee": None, "methods": 3}),
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
        {"api": None, "functions": 3, "dashboard_name": 4},
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
    for construct_id in ("Wrong", "Alarms", "Dashboard", "Metrics"):
        stack.node.try_remove_child(construct_id)

    with pytest.raises(ValueError, match=rf"^{stack.node.id}/\w+: \d+ problem") as raised:
        create(stack, api, wrong)

    lines = str(raised.value).splitlines()[1:]
    assert len(lines) == len(wrong), lines
    for value in wrong.values():
        assert any(repr(value) in line for line in lines), (value, lines)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("issuer", 3), ("audiences", [1]), ("required_claims", ["a"]), ("scopes", 3)],
        *[("algorithms", [None]), ("identity_source", ["x"]), ("authorizer_name", 3)],
    ],
)
def test_an_authorizer_names_its_wrong_argument(name: str, value: Any) -> None:
    arguments: dict[str, Any] = {"issuer": "https://id.example.com", "audiences": ["a"]}
    with pytest.raises(TypeError, match=f"^{name} is .*, not a "):
        Authorizer.jwt(**{**arguments, name: value})


def test_an_adapter_names_all_of_its_wrong_values() -> None:
    wrong: dict[str, Any] = {"stream": "no", "port": "80", "layer": "arn", "async_init": 1}
    wrong |= {"readiness_check_path": None, "remove_base_path": 3}
    with pytest.raises(ValueError, match="WebAdapter cannot be created") as raised:
        WebAdapter(**wrong)
    for name, value in wrong.items():
        assert f"- {name} is {value!r}. Pass " in str(raised.value)


def test_an_imported_resource_is_an_object_of_cdk_and_a_class_is_none() -> None:
    """CDK returns a proxy for it, whose class has no mark of jsii."""
    stack = new_stack()
    layer = "arn:aws:lambda:eu-west-1:111122223333:layer:x:1"
    assert is_cdk_object(LayerVersion.from_layer_version_arn(stack, "Layer", layer))
    assert is_cdk_object(Role.from_role_arn(stack, "Role", "arn:aws:iam::111122223333:role/x"))
    assert is_cdk_object(LogGroup.from_log_group_name(stack, "Log", "/aws/x"))
    assert not any(map(is_cdk_object, (Function, object(), "x", 3, None)))
