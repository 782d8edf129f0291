"""API keys in a header or from an authorizer, and the limits of usage plans."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from streaming_construct.local.gateway.authorizers.api_keys import create_placeholder_key_value
from streaming_construct.model.api import ApiModel
from streaming_construct.model.authorization import MethodAuthorization
from streaming_construct.model.usage_plans import ApiKeySource, Quota, QuotaPeriod, Throttle
from tests.local.gateway.authorizers.protected_requests import (
    ALLOW_ALL,
    OTHER_KEY,
    PLAN,
    TOKEN,
    VALUE,
    Issuer,
    get,
    make_requests,
    protected,
    write_policy,
)
from tests.support.in_memory_functions import Gateway, Step


def with_usage_plan(**changes: Any) -> ApiModel:
    return protected(
        MethodAuthorization(api_key_required=True), usage_plans=(replace(PLAN, **changes),)
    )


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"x-api-key": "a-value-of-the-template"}, 200),
        ({"X-API-Key": "a-value-of-the-template"}, 200),
        ({"x-api-key": "another"}, 403),
        ({"x-api-key": "disabled"}, 403),
        ({"x-api-key": ""}, 403),
        ({}, 403),
    ],
)
def test_an_api_key_of_a_usage_plan_is_accepted(headers: dict[str, str], status: int) -> None:
    """Another key, a disabled key and no key are forbidden."""
    response, functions, _ = make_requests(with_usage_plan(), get(headers=headers))

    assert response.status_code == status
    if status == 200:
        identity = functions.events[0]["requestContext"]["identity"]
        assert (identity["apiKey"], identity["apiKeyId"]) == (VALUE, "key1")
    else:
        assert response.json() == {"message": "Forbidden"}
        assert functions.events == []


def statuses_of(api: ApiModel, keys: list[str], auth: list[Step] | None = None) -> Any:
    async def requests(client: httpx.AsyncClient, served: Gateway, _: Issuer) -> Any:
        return [
            await client.get(served.url("/x"), headers={"x-api-key": key, "Authorization": "t"})
            for key in keys
        ]

    responses, _, _ = make_requests(api, requests, auth)
    return [response.status_code for response in responses], responses[-1].json


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"throttle": Throttle(rate=0.001, burst=2)}, "Too Many Requests"),
        (
            {"route_throttles": {"/{proxy+} ANY": Throttle(rate=0.001, burst=2)}},
            "Too Many Requests",
        ),
        ({"quota": Quota(limit=2, period=QuotaPeriod.MONTH)}, "Limit Exceeded"),
    ],
)
def test_a_usage_plan_limits_each_key_separately(changes: dict[str, Any], message: str) -> None:
    """The third request of a key exceeds the quota. The other key still has two."""
    other_value = create_placeholder_key_value(OTHER_KEY)
    statuses, last = statuses_of(with_usage_plan(**changes), [VALUE, VALUE, other_value, VALUE])

    assert statuses == [200, 200, 200, 429]
    assert last() == {"message": message}


def test_an_authorizer_may_return_the_api_key() -> None:
    """With AUTHORIZER as its source, the header does not count, and the authorizer returns the
    key."""
    api = replace(
        protected(
            MethodAuthorization(authorizer=TOKEN, api_key_required=True), usage_plans=(PLAN,)
        ),
        api_key_source=ApiKeySource.AUTHORIZER,
    )
    with_key, _ = statuses_of(api, ["x"], write_policy({**ALLOW_ALL, "usageIdentifierKey": VALUE}))
    without_key, _ = statuses_of(api, [VALUE], write_policy(ALLOW_ALL))

    assert (with_key, without_key) == ([200], [403])
