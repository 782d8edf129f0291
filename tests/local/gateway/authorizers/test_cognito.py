"""Cognito authorizers, with tokens that the gateway issues."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from streaming_construct.local.gateway.authorizers.user_pools import TokenError, UserPools
from streaming_construct.model.authorization import MethodAuthorization
from tests.local.gateway.authorizers.protected_requests import (
    COGNITO,
    POOL,
    Issuer,
    get,
    make_requests,
    protected,
    status_and_message,
)
from tests.support.in_memory_functions import Gateway


def test_a_user_token_is_accepted_and_its_claims_reach_the_function() -> None:
    """An ID token of the pool, with or without Bearer, is valid. Claims are text."""

    async def requests(client: httpx.AsyncClient, served: Gateway, auth: Issuer) -> Any:
        token = auth.token(claims={"email": "a@b.example", "cognito:groups": ["x", "y"]})
        return [
            (await client.get(served.url("/x"), headers={"Authorization": value})).status_code
            for value in (token, f"Bearer {token}")
        ]

    statuses, functions, _ = make_requests(
        protected(MethodAuthorization(authorizer=COGNITO)), requests
    )
    claims = functions.events[0]["requestContext"]["authorizer"]["claims"]

    assert statuses == [200, 200]
    assert claims["email"] == "a@b.example"
    assert claims["cognito:groups"] == "x,y"
    assert claims["token_use"] == "id"
    assert all(isinstance(value, str) for value in claims.values())


Token = Callable[[Issuer], str]


@pytest.mark.parametrize(
    ("scopes", "token", "status", "message"),
    [
        (("jobs/read",), lambda auth: auth.token(scopes=["jobs/read", "x"]), 200, None),
        (("jobs/read",), lambda auth: auth.token(scopes=["jobs/write"]), 401, "Unauthorized"),
        (("jobs/read",), lambda auth: auth.token(), 401, "Unauthorized"),
        ((), lambda auth: auth.token(scopes=["jobs/read"]), 401, "Unauthorized"),
        (
            (),
            lambda auth: auth.token(lifetime_seconds=-10),
            401,
            "The incoming token has expired",
        ),
        ((), lambda auth: auth.token(claims={"iss": "https://evil"}), 401, "Unauthorized"),
        ((), lambda auth: auth.token()[:-3] + "abc", 401, "Unauthorized"),
        ((), lambda auth: auth.token().rpartition(".")[0] + ".", 401, "Unauthorized"),
        ((), lambda _: "nonsense", 401, "Unauthorized"),
        ((), lambda _: "", 401, "Unauthorized"),
    ],
)
def test_scopes_age_issuer_and_signature_of_a_token_are_checked(
    scopes: tuple[str, ...], token: Token, status: int, message: str | None
) -> None:
    """Scopes require an access token that has one of them. Without scopes, an ID token is
    required."""

    async def requests(client: httpx.AsyncClient, served: Gateway, auth: Issuer) -> Any:
        return await client.get(served.url("/x"), headers={"Authorization": token(auth)})

    response, functions, _ = make_requests(
        protected(MethodAuthorization(authorizer=COGNITO, scopes=scopes)), requests
    )

    assert response.status_code == status
    assert len(functions.events) == (status == 200)
    if message:
        assert response.json() == {"message": message}


def test_tokens_of_another_gateway_are_invalid() -> None:
    """Each gateway creates separate keys."""
    api = protected(MethodAuthorization(authorizer=COGNITO))
    foreign = Issuer(api).token()
    response, _, _ = make_requests(api, get(headers={"Authorization": foreign}))

    assert status_and_message(response) == (401, "Unauthorized")


@pytest.mark.parametrize("use", ["refresh", None, ["id"], "ID"])
def test_a_user_pool_issues_only_id_and_access_tokens(use: object) -> None:
    """An authorizer accepts no other use of a token."""
    pools = UserPools()
    assert pools.read_claims(pools.create_token(POOL), [POOL])["token_use"] == "id"
    with pytest.raises(TokenError, match="the token is not valid"):
        pools.read_claims(pools.create_token(POOL, claims={"token_use": use}), [POOL])
