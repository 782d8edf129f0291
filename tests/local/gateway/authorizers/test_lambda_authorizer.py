"""Lambda authorizers: identity sources, decisions and their cache."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
import pytest

from streaming_construct.local.lambda_.invocation import FunctionError
from streaming_construct.model.api import Stage
from streaming_construct.model.authorization import AuthorizerType, MethodAuthorization
from tests.local.gateway.authorizers.protected_requests import (
    ALLOW_ALL,
    TOKEN,
    Issuer,
    effect,
    get,
    make_requests,
    protected,
    status_and_message,
    write_policy,
)
from tests.support.in_memory_functions import Gateway, Step


def test_a_lambda_authorizer_allows_and_passes_its_context_to_the_function() -> None:
    """A TOKEN authorizer receives the token and the method's ARN."""
    policy = {**ALLOW_ALL, "context": {"tenant": "a", "level": 3, "admin": True}}
    response, functions, _ = make_requests(
        protected(MethodAuthorization(authorizer=TOKEN)),
        get("/jobs/7", headers={"Authorization": "Bearer t"}),
        write_policy(policy),
    )
    authorizer_event, event = functions.events
    context = event["requestContext"]["authorizer"]

    assert (response.status_code, response.text) == (200, "ok")
    assert authorizer_event == {
        "type": "TOKEN",
        "authorizationToken": "Bearer t",
        "methodArn": "arn:aws:execute-api:us-east-1:123456789012:abc123/prod/GET/jobs/7",
    }
    assert isinstance(context.pop("integrationLatency"), int)
    assert context == {"principalId": "me", "tenant": "a", "level": "3", "admin": "true"}


def test_authorizer_and_function_have_the_same_trace_id() -> None:
    """Both receive the trace of the event."""
    api, token = protected(MethodAuthorization(authorizer=TOKEN)), {"Authorization": "t"}
    _, functions, _ = make_requests(api, get(headers=token), write_policy(ALLOW_ALL))
    trace = functions.events[1]["headers"]["X-Amzn-Trace-Id"]

    assert trace.startswith("Root=1-")
    assert functions.traces == [trace, trace]


@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}])
def test_without_an_identity_no_authorizer_is_invoked(headers: dict[str, str]) -> None:
    """A missing or empty token is a 401 at once."""
    response, functions, _ = make_requests(
        protected(MethodAuthorization(authorizer=TOKEN)),
        get(headers=headers),
        write_policy(ALLOW_ALL),
    )

    assert status_and_message(response) == (401, "Unauthorized")
    assert functions.events == []


@pytest.mark.parametrize(("token", "status"), [("Bearer a1", 200), ("Bearer a1!", 401)])
def test_a_token_must_match_the_whole_validation_expression(token: str, status: int) -> None:
    """Another token never reaches the authorizer."""
    authorizer = replace(TOKEN, validation_expression="Bearer [a-z0-9]+")
    response, functions, _ = make_requests(
        protected(MethodAuthorization(authorizer=authorizer)),
        get(headers={"Authorization": token}),
        write_policy(ALLOW_ALL),
    )

    assert response.status_code == status
    assert len(functions.events) == (2 if status == 200 else 0)


@pytest.mark.parametrize(
    ("auth", "status", "message", "cause"),
    [
        (
            write_policy(effect("Deny", "*")),
            403,
            "User is not authorized to access this resource with an explicit deny",
            "the policy of authorizer Auth denies arn:aws:execute-api",
        ),
        (
            write_policy(effect("Allow", "*/POST/*")),
            403,
            "User is not authorized to access this resource",
            "does not allow arn:aws:execute-api",
        ),
        (
            [FunctionError("Error", "Unauthorized")],
            401,
            "Unauthorized",
            "authorizer Auth failed with Unauthorized",
        ),
        ([FunctionError("Error", "boom")], 500, None, "the function failed: Error: boom"),
        ([b"no json"], 500, None, "the output is not JSON"),
        ([b"[]"], 500, None, "the output is not an object"),
        (write_policy({"policyDocument": {}}), 500, None, "principalId is not a string"),
        (
            write_policy({**ALLOW_ALL, "context": {"a": []}}),
            500,
            None,
            "context: a is not a string",
        ),
        (write_policy({"principalId": "me"}), 500, None, "policyDocument is not an object"),
        ([9.0], 500, None, "the function took more than 0.2 s"),
    ],
)
def test_an_authorizer_without_an_allowance_rejects_the_request(
    auth: list[Step], status: int, message: str | None, cause: str
) -> None:
    """A denied, missing, unauthorized or failed decision has its response and a printed cause."""
    response, functions, console = make_requests(
        protected(MethodAuthorization(authorizer=TOKEN)),
        get(headers={"Authorization": "t"}),
        auth,
        authorizer_seconds=0.2,
    )

    assert status_and_message(response) == (status, message)
    assert any(cause in line for line in console)
    assert len(functions.events) == 1


def test_results_of_an_authorizer_are_cached_by_identity_sources() -> None:
    """The same token invokes it once. Each method evaluates the cached policy again."""
    policy = effect("Allow", "*/GET/a")

    async def requests(client: httpx.AsyncClient, served: Gateway, _: Issuer) -> list[int]:
        tokens_and_paths = [("one", "/a"), ("one", "/a"), ("one", "/b"), ("two", "/a")]
        return [
            (await client.get(served.url(path), headers={"Authorization": token})).status_code
            for token, path in tokens_and_paths
        ]

    statuses, functions, _ = make_requests(
        protected(MethodAuthorization(authorizer=TOKEN)), requests, write_policy(policy)
    )
    tokens = [event["authorizationToken"] for event in functions.events if "type" in event]

    assert statuses == [200, 200, 403, 200]
    assert tokens == ["one", "two"]


@pytest.mark.parametrize(("ttl", "time_factor"), [(0, 1.0), (300, 1 / 3000)])
def test_an_expired_or_uncached_result_invokes_the_authorizer_again(
    ttl: int, time_factor: float
) -> None:
    """A TTL of zero caches nothing; five minutes pass in a tenth of a second of scaled time."""

    async def requests(client: httpx.AsyncClient, served: Gateway, _: Issuer) -> None:
        for _number in range(2):
            await client.get(served.url("/x"), headers={"Authorization": "t"})
            await asyncio.sleep(0.2)

    _, functions, _ = make_requests(
        protected(MethodAuthorization(authorizer=replace(TOKEN, ttl_seconds=ttl))),
        requests,
        write_policy(ALLOW_ALL),
        time_factor=time_factor,
    )

    assert len([event for event in functions.events if "type" in event]) == 2


def test_a_request_authorizer_requires_all_its_identity_sources() -> None:
    """Header, query, stage variable and context are sources. Without one of them it is a 401."""
    sources = (
        "method.request.header.X-Tenant",
        "method.request.querystring.key",
        "stageVariables.color",
        "context.httpMethod",
    )
    authorizer = replace(TOKEN, type=AuthorizerType.REQUEST, identity_sources=sources)
    api = protected(
        MethodAuthorization(authorizer=authorizer),
        "/jobs/{id}",
        stage=Stage(name="prod", variables={"color": "blue"}),
    )
    headers = {"X-Tenant": "a"}
    missing, unasked, _ = make_requests(
        api, get("/jobs/7", headers=headers), write_policy(ALLOW_ALL)
    )
    passed, functions, _ = make_requests(
        api, get("/jobs/7?key=k", headers=headers), write_policy(ALLOW_ALL)
    )
    event = functions.events[0]

    assert (missing.status_code, unasked.events) == (401, [])
    assert passed.status_code == 200
    assert event["type"] == "REQUEST"
    assert event["methodArn"].endswith("/prod/GET/jobs/7")
    assert event["resource"] == "/jobs/{id}"
    assert event["pathParameters"] == {"id": "7"}
    assert event["queryStringParameters"] == {"key": "k"}
    assert event["stageVariables"] == {"color": "blue"}
    assert event["requestContext"]["stage"] == "prod"
    assert {"body", "isBase64Encoded"}.isdisjoint(event)
