"""Startup messages with credentials for the routes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx

from streaming_construct.model.api import Route
from streaming_construct.model.authorization import MethodAuthorization
from streaming_construct.model.usage_plans import ApiKeySource
from tests.local.gateway.authorizers.protected_requests import (
    COGNITO,
    GOOD,
    IAM,
    PLAN,
    TOKEN,
    VALUE,
    Issuer,
    make_requests,
    protected,
)
from tests.support.in_memory_functions import Gateway, api_model, route


def test_the_startup_prints_a_command_for_each_authorizer_and_key() -> None:
    """Each line works unchanged."""
    routes: list[Route] = [
        replace(route("/token"), access=MethodAuthorization(authorizer=TOKEN)),
        replace(route("/user/{id}"), access=MethodAuthorization(authorizer=COGNITO)),
        replace(route("/iam"), access=MethodAuthorization(authorizer=IAM)),
        replace(route("/key"), access=MethodAuthorization(api_key_required=True)),
        replace(
            route("/free"),
            access=MethodAuthorization(not_enforced_reasons=("scheme Bearer has no authorizer",)),
        ),
    ]
    api = api_model(*routes, usage_plans=(PLAN,), access_controls=("WAF",))

    async def requests(client: httpx.AsyncClient, served: Gateway, auth: Issuer) -> Any:
        hints = auth.messages(served.url("/"))
        header = hints[1].split("'")[1]
        name, _, value = header.partition(": ")
        response = await client.get(served.url("/user/id"), headers={name: value})
        return hints, response.status_code

    (hints, status), _, _ = make_requests(api, requests)

    assert "curl -H 'Authorization: ...' 'http://127.0.0.1:" in hints[0]
    assert status == 200
    assert f"--aws-sigv4 aws:amz:us-east-1:execute-api --user {GOOD.access_key}:" in hints[2]
    assert hints[3].endswith("curl -H 'x-api-key: a-value-of-the-template' ...")
    assert hints[-2].startswith("WAF is not enforced locally")
    assert "ANY /free is open to all clients, as on AWS" in hints[-1]


def test_the_printed_commands_have_the_method_of_the_route() -> None:
    """curl would otherwise send GET, which such a route does not have."""
    api = api_model(
        replace(route("/token"), method="POST", access=MethodAuthorization(authorizer=TOKEN))
    )

    async def hints(_: httpx.AsyncClient, served: Gateway, auth: Issuer) -> list[str]:
        return auth.messages(served.url("/"))

    (hint, *_), _, _ = make_requests(api, hints)

    assert "curl -X POST -H 'Authorization: ...' 'http" in hint


def test_the_startup_names_the_authorizer_that_returns_the_api_key() -> None:
    """If the header does not count, a command with the header would fail."""
    api = replace(
        protected(
            MethodAuthorization(authorizer=TOKEN, api_key_required=True), usage_plans=(PLAN,)
        ),
        api_key_source=ApiKeySource.AUTHORIZER,
    )

    async def hints(_: httpx.AsyncClient, served: Gateway, auth: Issuer) -> list[str]:
        return auth.messages(served.url("/"))

    (_, key, *_), _, _ = make_requests(api, hints)

    assert key.endswith(f"return it from an authorizer as usageIdentifierKey: {VALUE}")
