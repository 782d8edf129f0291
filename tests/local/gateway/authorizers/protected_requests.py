"""Requests to an API whose routes have an authorization, over real sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from streaming_construct.local.gateway.authorizers.sigv4 import Credentials
from streaming_construct.local.gateway.authorizers.user_pools import (
    UserPools,
    create_user_pool_token,
)
from streaming_construct.local.gateway.gateway import serve_api
from streaming_construct.local.gateway.limits.gateway_limits import GatewayLimits
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.gateway.startup_messages import (
    list_credential_messages,
    list_limitation_messages,
)
from streaming_construct.model.api import ApiModel
from streaming_construct.model.authorization import Authorizer, AuthorizerType, MethodAuthorization
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.usage_plans import ApiKey, UsagePlan
from tests.support.in_memory_functions import (
    Gateway,
    InMemoryFunctions,
    Step,
    api_model,
    prelude,
    route,
)

HEADER = "method.request.header.Authorization"
POOL = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_pool"
TOKEN = Authorizer(
    type=AuthorizerType.TOKEN,
    name="Auth",
    origin=SourceLocation(),
    function="auth",
    identity_sources=(HEADER,),
)
COGNITO = Authorizer(
    type=AuthorizerType.COGNITO,
    name="Users",
    origin=SourceLocation(),
    identity_sources=(HEADER,),
    user_pools=(POOL,),
)
IAM = Authorizer(type=AuthorizerType.IAM, name="AWS_IAM", origin=SourceLocation())
OK = [prelude(), b"ok"]
ALLOW_ALL: Mapping[str, Any] = {
    "principalId": "me",
    "policyDocument": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}],
    },
}


@dataclass(frozen=True)
class Issuer:
    """Issues credentials for an API that is served."""

    api: ApiModel
    user_pools: UserPools = field(default_factory=UserPools)

    def token(self, pool: str | None = None, **options: Any) -> str:
        return create_user_pool_token(self.api, self.user_pools, pool, **options)

    def messages(self, url: str) -> list[str]:
        limitations = list_limitation_messages(self.api, GatewayOptions())
        return [*list_credential_messages(self.api, url, self.user_pools), *limitations]


Requests = Callable[[httpx.AsyncClient, Gateway, Issuer], Awaitable[Any]]


def protected(access: MethodAuthorization, *paths: str, **model_members: Any) -> ApiModel:
    """Return an API whose routes all have the same authorization."""
    routes = [replace(route(path), access=access) for path in paths or ("/{proxy+}",)]
    return api_model(*routes, **model_members)


def make_requests(
    api: ApiModel, requests: Requests, auth: list[Step] | None = None, **limits: Any
) -> tuple[Any, InMemoryFunctions, list[str]]:
    """Make requests; return their responses, the functions, and the console output."""

    async def run() -> tuple[Any, InMemoryFunctions, list[str]]:
        functions = InMemoryFunctions({"fn": OK, "auth": auth or []})
        console: list[str] = []
        issuer = Issuer(api)
        async with (
            serve_api(
                api,
                functions,
                console=console.append,
                limits=GatewayLimits(**limits),
                user_pools=issuer.user_pools,
                options=GatewayOptions(access_log=True),
            ) as running,
            httpx.AsyncClient(timeout=10) as client,
        ):
            served = Gateway(running.port, console, functions)
            return await requests(client, served, issuer), functions, console

    return asyncio.run(run())


def get(path: str = "/x", **options: Any) -> Requests:
    """Make one GET request."""

    async def request(client: httpx.AsyncClient, served: Gateway, _: Issuer) -> Any:
        return await client.get(served.url(path), **options)

    return request


def status_and_message(response: httpx.Response) -> tuple[int, Any]:
    """Return the status and the message of a response."""
    return response.status_code, response.json()["message"]


def write_policy(policy: Mapping[str, Any]) -> list[Step]:
    return [json.dumps(policy).encode()]


def effect(effect: str, resource: str) -> dict[str, Any]:
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}
    return {"principalId": "me", "policyDocument": {"Statement": [statement]}}


GOOD = Credentials.from_name("abc123")
VALUE = "a-value-of-the-template"
KEY = ApiKey(id="key1", name="Partner", origin=SourceLocation(), value=VALUE)
OTHER_KEY = ApiKey(id="key2", name="Other", origin=SourceLocation())
DISABLED = ApiKey(
    id="key3", name="Off", origin=SourceLocation(), value="disabled", is_enabled=False
)
PLAN = UsagePlan(
    id="plan", name="Basic", origin=SourceLocation(), api_keys=(KEY, OTHER_KEY, DISABLED)
)
