"""Authorization that does not depend on the type of the authorizer."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import httpx
import pytest

from streaming_construct.local.gateway.gateway import serve_api
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.model.api import Stage
from streaming_construct.model.authorization import Authorizer, MethodAuthorization
from streaming_construct.model.integrations import TemplatedResponse
from tests.local.gateway.authorizers.protected_requests import (
    ALLOW_ALL,
    COGNITO,
    IAM,
    OK,
    TOKEN,
    Issuer,
    effect,
    get,
    make_requests,
    protected,
    status_and_message,
    write_policy,
)
from tests.support.in_memory_functions import Gateway, InMemoryFunctions, api_model, route


def test_the_access_log_has_the_results_of_an_authorizer() -> None:
    """Its principal, its context and its error are variables of the log."""
    names = (
        "authorizer.principalId",
        "authorizer.tenant",
        "authorizer.status",
        "identity.apiKeyId",
    )
    log_format = " ".join(f"$context.{name}" for name in names)
    api = protected(
        MethodAuthorization(authorizer=TOKEN),
        stage=Stage(name="prod", access_log_format=log_format),
    )
    response = {**ALLOW_ALL, "context": {"tenant": "a"}}
    _, _, console = make_requests(api, get(headers={"Authorization": "t"}), write_policy(response))

    assert console == ["me a 200 -"]


def test_gateway_responses_have_the_context_of_an_authorizer() -> None:
    """The template of a 403 quotes the context of the authorizer that denied."""
    template = '{"why": "$context.authorizer.reason", "type": "$context.error.responseType"}'
    api = protected(
        MethodAuthorization(authorizer=TOKEN),
        gateway_responses={
            "ACCESS_DENIED": TemplatedResponse(templates={"application/json": template})
        },
    )
    policy = {**effect("Deny", "*"), "context": {"reason": "too late"}}
    response, _, _ = make_requests(api, get(headers={"Authorization": "t"}), write_policy(policy))

    assert response.json() == {"why": "too late", "type": "ACCESS_DENIED"}


@pytest.mark.parametrize(
    "authorizer",
    [
        replace(
            TOKEN, function=None, unresolved={"AuthorizerUri": "function auth is not declared"}
        ),
        replace(TOKEN, validation_expression="("),
    ],
)
def test_an_authorizer_that_cannot_run_disables_only_its_routes(
    authorizer: Authorizer,
) -> None:
    """Its routes are a 501 with the reason, which the startup prints too. A preflight stays
    open."""
    closed = replace(route("/closed"), access=MethodAuthorization(authorizer=authorizer))
    api = api_model(closed, route("/open"))

    async def requests(client: httpx.AsyncClient, served: Gateway, auth: Issuer) -> Any:
        responses = [
            await client.get(served.url(path), headers={"Authorization": "t"})
            for path in ("/closed", "/open")
        ]
        return responses, auth.messages(served.url("/"))

    (results, hints), functions, _ = make_requests(api, requests, write_policy(ALLOW_ALL))

    assert [response.status_code for response in results] == [501, 200]
    assert "is closed" in results[0].json()["message"]
    assert hints[0].startswith("TOKEN Auth")
    assert "its routes return 501: " in hints[0]
    assert len(functions.events) == 1


@pytest.mark.parametrize(
    ("authorizer", "module", "needed"),
    [
        (COGNITO, "jwt", "pip install 'pyjwt[crypto]'"),
        (IAM, "botocore.auth", "pip install botocore"),
    ],
)
def test_without_its_library_an_authorizer_rejects_and_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, authorizer: Authorizer, module: str, needed: str
) -> None:
    """A machine that cannot check tokens or signatures allows no request."""
    monkeypatch.setitem(sys.modules, module, None)
    response, functions, _ = make_requests(
        protected(MethodAuthorization(authorizer=authorizer)), get(headers={"Authorization": "t"})
    )

    assert response.status_code == 501
    assert needed in response.json()["message"]
    assert functions.events == []


@pytest.mark.anyio
async def test_options_apply_to_a_reloaded_template() -> None:
    """Tokens, base path and limits outlive a reload. The gateway serves the new routes.

    The console names the status that the client receives.
    """
    options = GatewayOptions(base_path="shop", coalesce_bytes=0, quiet=True)

    functions = InMemoryFunctions({"fn": OK})
    console: list[str] = []
    old, new = (
        protected(MethodAuthorization(authorizer=COGNITO), path) for path in ("/old", "/new")
    )
    new = replace(
        new, gateway_responses={"MISSING_AUTHENTICATION_TOKEN": TemplatedResponse(status=404)}
    )
    issuer = Issuer(old)
    async with (
        serve_api(
            old,
            functions,
            console=console.append,
            options=options,
            user_pools=issuer.user_pools,
        ) as running,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.port}/shop") as client,
    ):
        headers = {"Authorization": issuer.token()}
        before = await client.get("/old", headers=headers)
        running.gateway.reload(new)
        after = [await client.get(path, headers=headers) for path in ("/new", "/old")]
        statuses = [response.status_code for response in (before, *after)]

    assert statuses == [200, 200, 404]
    assert console == ["GET /shop/old: 404, the API has no such route"]


def test_a_path_too_long_for_a_methods_arn_is_a_414() -> None:
    """With authorization, the ARN of the called method has at most 1,600 bytes."""
    response, _, _ = make_requests(
        protected(MethodAuthorization(authorizer=TOKEN)),
        get("/" + "x" * 1700, headers={"Authorization": "t"}),
        write_policy(ALLOW_ALL),
    )

    assert status_and_message(response) == (414, "Request URI too long")
