"""Rules about permissions: the ones that allow a route, and the ones that do not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from streaming_construct.model.api import Stage
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.functions import Permission, PolicyStatement, Role
from streaming_construct.rules.checks.permissions import check_permissions
from tests.support.models import ORIGIN, ids, new_declaration, new_function, new_route

ARN = "arn:aws:execute-api:eu-west-1:111122223333:"


def permission(source_arn: str | None = f"{ARN}api/*", **changes: Any) -> Permission:
    members = {"action": "lambda:InvokeFunction", "principal": "apigateway.amazonaws.com"}
    return Permission(origin=ORIGIN, source_arn=source_arn, **{**members, **changes})


def api(
    *permissions: Permission,
    path: str = "/jobs/{id}",
    qualifier: str | None = None,
    credentials: str | None = None,
    **options: Any,
) -> Declaration:
    """Return an API whose only route invokes a function with these permissions."""
    route = new_route(path, "POST")
    integration = replace(route.integration, credentials=credentials, qualifier=qualifier)
    function = replace(
        new_function(), permissions=permissions, name="chat", arn="arn:aws:lambda:r:1:function:chat"
    )
    declaration = new_declaration(
        replace(route, integration=integration),
        functions=[function],
        stage=Stage(name="prod", is_complete=True),
        **options,
    )
    return replace(declaration, api=replace(declaration.api, id="api"))


@pytest.mark.parametrize(
    "source_arn",
    [
        f"{ARN}api/*",
        f"{ARN}api/*/*",
        f"{ARN}api/*/*/*",
        f"{ARN}api/prod/POST/jobs/*",
        f"{ARN}api/*/POST/jobs/{{id}}",
        "arn:aws:execute-api:*:*:api/prod/*",
        f"{ARN}*",
        "arn:aws:execute-api:*",
        "?",
    ],
)
def test_a_matching_permission_allows_the_route(source_arn: str) -> None:
    """Stars match any text, slashes included. Unknown values are not checked."""
    assert ids(check_permissions(api(permission(source_arn)))) == []


@pytest.mark.parametrize(
    "other_permission",
    [
        permission(f"{ARN}other/*"),
        permission(f"{ARN}api/test/*"),
        permission(f"{ARN}api/*/GET/jobs/*"),
        permission(f"{ARN}api/*/POST/chat"),
        permission(action="lambda:InvokeFunctionUrl"),
        permission(action="lambda:InvokeWithResponseStream"),
    ],
)
def test_another_permission_does_not_allow_the_route(other_permission: Permission) -> None:
    """It has another API, stage, method, path, action or alias."""
    assert ids(check_permissions(api(other_permission))) == ["permission-source-mismatch"]


def test_an_invoked_alias_needs_the_permission() -> None:
    """A permission of the function does not apply to it."""
    assert ids(check_permissions(api(permission(), qualifier="live"))) == ["permission-missing"]
    assert ids(check_permissions(api(permission(qualifier="live")))) == ["permission-missing"]
    assert ids(check_permissions(api(permission(qualifier="live"), qualifier="live"))) == []


def test_an_explicit_denial_overrides_a_permission() -> None:
    """A denial with a condition is not checked. One of another action does not count."""
    denial = replace(permission(), is_denial=True, principal="*")

    assert ids(check_permissions(api(permission(), denial))) == ["permission-denied"]
    other_denial = replace(denial, action="lambda:GetFunction")
    assert ids(check_permissions(api(permission(), other_denial))) == []


def test_a_permission_for_another_service_does_not_count() -> None:
    """Whoever else may invoke the function."""
    other_permission = permission(principal="events.amazonaws.com")

    assert ids(check_permissions(api())) == ["permission-missing"]
    assert ids(check_permissions(api(other_permission))) == ["permission-missing"]


def test_an_unknown_policy_is_no_finding() -> None:
    """At synthesis, and for an imported function."""
    declaration = api()
    functions = {
        key: replace(function, permissions=None)
        for key, function in declaration.api.functions.items()
    }

    assert (
        ids(
            check_permissions(
                replace(declaration, api=replace(declaration.api, functions=functions))
            )
        )
        == []
    )


def test_a_permission_without_a_source_is_a_finding() -> None:
    """A condition on the account limits it only a little."""
    assert ids(check_permissions(api(permission(None)))) == ["overly-permissive-grant"]
    assert ids(check_permissions(api(permission(None, source_account="111122223333")))) == []


def role(
    *statements: PolicyStatement, services: tuple[str, ...] = ("apigateway.amazonaws.com",)
) -> Role:
    return Role(origin=ORIGIN, services=services, statements=statements)


INVOKE = ("lambda:InvokeFunction",)
EXACT = ("arn:aws:lambda:r:1:function:chat",)


@pytest.mark.parametrize(
    ("execution_role", "expected"),
    [
        (role(PolicyStatement(actions=INVOKE, resources=EXACT)), []),
        (role(PolicyStatement(actions=("?",), resources=("?",))), []),
        (role(PolicyStatement(actions=INVOKE, resources=("arn:aws:lambda:r:1:function:c*",))), []),
        (role(), ["permission-missing"]),
        (
            role(PolicyStatement(actions=INVOKE, resources=(f"{EXACT[0]}:live",))),
            ["permission-missing"],
        ),
        (
            role(PolicyStatement(actions=("lambda:InvokeWithResponseStream",), resources=EXACT)),
            ["permission-missing"],
        ),
        (role(PolicyStatement(actions=INVOKE, resources=("*",))), ["overly-permissive-grant"]),
        (
            role(PolicyStatement(actions=("lambda:*",), resources=EXACT)),
            ["overly-permissive-grant"],
        ),
        (
            role(
                PolicyStatement(actions=INVOKE, resources=EXACT), services=("lambda.amazonaws.com",)
            ),
            ["permission-source-mismatch"],
        ),
    ],
)
def test_a_role_needs_the_action_on_the_function(execution_role: Role, expected: list[str]) -> None:
    """API Gateway must be able to assume it. The policy of the function does not matter then."""
    findings = check_permissions(api(credentials="role", roles={"role": execution_role}))

    assert ids(findings) == expected
