"""Resource policies over real sockets."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

from streaming_construct.local.gateway.gateway import serve_api
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.gateway.startup_messages import list_limitation_messages
from streaming_construct.model.api import ApiModel
from streaming_construct.model.authorization import Authorizer, AuthorizerType, MethodAuthorization
from streaming_construct.model.source_location import SourceLocation
from tests.support.in_memory_functions import InMemoryFunctions, api_model, prelude, route

ANYBODY = {
    "Effect": "Allow",
    "Principal": {"AWS": "*"},
    "Action": "execute-api:Invoke",
    "Resource": "execute-api:/*",
}
OFFICE = {
    "Version": "2012-10-17",
    "Statement": [
        ANYBODY,
        {
            **ANYBODY,
            "Effect": "Deny",
            "Condition": {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}},
        },
    ],
}
ONLY_GET = {"Statement": [{**ANYBODY, "Resource": "execute-api:/*/GET/*"}]}
TOKEN = Authorizer(
    type=AuthorizerType.TOKEN,
    name="Auth",
    origin=SourceLocation(),
    function="auth",
    identity_sources=("method.request.header.Authorization",),
)


def api(policy: Any, access: MethodAuthorization | None = None) -> ApiModel:
    served = replace(route("/{proxy+}"), access=access or MethodAuthorization())
    return replace(api_model(served), resource_policy=policy)


def call(model: ApiModel, source_ip: str | None, method: str = "GET") -> tuple[int, str, list[str]]:
    """Return status and message of the response, and the startup messages."""

    async def scenario() -> tuple[int, str, list[str]]:
        functions = InMemoryFunctions({"fn": [prelude(), b"ok"]})
        options = GatewayOptions(source_ip=source_ip)
        async with serve_api(model, functions, console=lambda _: None, options=options) as running:
            async with httpx.AsyncClient() as client:
                url = f"http://127.0.0.1:{running.port}/{model.stage.name}/chat"
                response = await client.request(method, url)
            message = response.json()["message"] if response.status_code != 200 else response.text
            return response.status_code, message, list(list_limitation_messages(model, options))

    return asyncio.run(scenario())


def test_a_denied_source_address_is_rejected_as_on_aws() -> None:
    """The message has the called method."""
    status, message, _ = call(api(OFFICE), "198.51.100.1")

    assert status == 403
    assert message.startswith("User: anonymous is not authorized to perform: execute-api:Invoke")
    assert ":********9012:" in message
    assert message.endswith("/GET/chat with an explicit deny")


def test_an_allowed_source_address_is_accepted() -> None:
    """No message is printed at startup, because the gateway evaluates the complete policy."""
    assert call(api(OFFICE), "203.0.113.7") == (200, "ok", [])


def test_a_caller_without_an_allowance_is_rejected() -> None:
    """No authorizer can allow it. The resource has the stage and the method."""
    assert call(api(ONLY_GET), "203.0.113.7")[0] == 200
    status, message, _ = call(api(ONLY_GET), "203.0.113.7", "POST")

    assert status == 403
    assert message.endswith("/POST/chat")


def test_without_an_allowance_a_lambda_authorizer_decides() -> None:
    """It runs, and misses its token here."""
    status, message, _ = call(
        api(ONLY_GET, MethodAuthorization(authorizer=TOKEN)), "203.0.113.7", "POST"
    )

    assert (status, message) == (401, "Unauthorized")


def test_a_denial_precedes_the_authorizer() -> None:
    """The authorizer is not invoked."""
    assert call(api(OFFICE, MethodAuthorization(authorizer=TOKEN)), "198.51.100.1")[0] == 403


@pytest.mark.parametrize(
    ("policy", "source_ip", "message"),
    [
        (
            OFFICE,
            None,
            "clients connect from this machine. Pass --source-ip ADDRESS to enforce it.",
        ),
        (
            {"Statement": [{**ANYBODY, "Principal": {"AWS": "111122223333"}}]},
            "203.0.113.7",
            "only IAM knows the Principal",
        ),
    ],
)
def test_a_policy_that_is_not_enforced_is_named_at_startup(
    policy: Any, source_ip: str | None, message: str
) -> None:
    """It rejects no request."""
    status, _, (hint,) = call(api(policy), source_ip)

    assert status == 200
    assert hint.startswith("the resource policy is not enforced locally: ")
    assert message in hint
