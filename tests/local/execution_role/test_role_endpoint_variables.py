"""The variables of functions whose AWS calls the gateway checks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from streaming_construct.local.execution_role.role_endpoint import (
    list_role_notes,
    serve_role_endpoint,
)
from streaming_construct.model.api import ApiModel
from streaming_construct.model.execution_role import ExecutionRole, PermissionsBoundary
from streaming_construct.model.functions import Function
from streaming_construct.model.source_location import SourceLocation
from tests.support.in_memory_functions import api_model, route

ORIGIN = SourceLocation(construct_path="Chat/Function")
ENVIRONMENT = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
    "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:8000",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_PROFILE": "production",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "TABLE": "jobs",
}


def api(function: Function) -> ApiModel:
    return replace(api_model(route("/")), functions={"fn": function})


@pytest.mark.anyio
async def test_the_variables_point_to_the_endpoint_with_a_key_of_the_function() -> None:
    """Each endpoint of the user has one address. No variable leads past them."""

    async with serve_role_endpoint(print, forwards_to_aws=False) as endpoint:
        function = Function(id="fn", origin=ORIGIN, environment=ENVIRONMENT)
        first, reloaded = [(await endpoint.attach(api(function))).functions["fn"] for _ in range(2)]
    variables = dict(first.environment)

    assert first == reloaded  # an unchanged function keeps its environments
    assert variables.pop("AWS_ACCESS_KEY_ID").startswith("ASIA")
    assert variables.pop("AWS_SECRET_ACCESS_KEY") != "test"
    addresses = [variables.pop(name) for name in ENVIRONMENT if name.startswith("AWS_ENDPOINT")]
    assert len({*addresses, *ENVIRONMENT.values()} & set(addresses)) == 2
    assert not set(addresses) & set(ENVIRONMENT.values())
    assert variables == {"TABLE": "jobs"}


def test_startup_messages_name_policies_that_are_not_evaluated() -> None:
    """A role or policy outside of the template, and a boundary."""
    reason = "the policy arn:aws:iam::aws:policy/Other is not in the template"
    role = ExecutionRole(
        name="R",
        arn="arn:aws:iam::123456789012:role/R",
        origin=ORIGIN,
        unknown_policies=(reason,),
        permissions_boundary=PermissionsBoundary(name="B", unknown="the permissions boundary is B"),
        ignored_policies=("the KeyPolicy of Chat/Key", "the KeyPolicy of Chat/Other"),
    )
    function = Function(id="fn", origin=ORIGIN, execution_role=role)

    (missing,) = list_role_notes({"fn": replace(function, execution_role=None)})
    assert missing == (
        "Chat/Function: the role is not in the template. The gateway does not check the function's "
        "calls to AWS."
    )
    unknown, boundary, ignored = list_role_notes({"fn": function})
    assert unknown == (
        f"Chat/Function: {reason}. The gateway forwards and reports calls that only this policy "
        "can allow."
    )
    assert boundary.startswith("Chat/Function: the permissions boundary is B. The gateway forwards")
    assert ignored.startswith(
        "--with-role does not evaluate the KeyPolicy of Chat/Key, the KeyPolicy of Chat/Other."
    )
