"""Authorizers and API keys over real sockets, with Lambda authorizers in memory."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import httpx
import pytest

from streaming_construct.local.gateway.authorizers.api_keys import create_placeholder_key_value
from streaming_construct.local.gateway.authorizers.sigv4 import (
    Credentials,
    SignatureError,
    check_signature,
)
from streaming_construct.local.gateway.authorizers.user_pools import (
    TokenError,
    UserPools,
    create_user_pool_token,
)
from streaming_construct.local.gateway.gateway import serve_api
from streaming_construct.local.gateway.limits.gateway_limits import GatewayLimits
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.local.gateway.startup_messages import (
    list_credential_messages,
    list_limitation_messages,
)
from streaming_construct.local.lambda_.invocation import FunctionError
from streaming_construct.model.api import ApiModel, Route, Stage
from streaming_construct.model.authorization import Authorizer, AuthorizerType, MethodAuthorization
from streaming_construct.model.integrations import TemplatedResponse
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.usage_plans import (
    ApiKey,
    ApiKeySource,
    Quota,
    QuotaPeriod,
    Throttle,
    UsagePlan,
)
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


def effect(effect: str, resource: str) -> dict[str, Any]:
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}
    return {"principalId": "me", "policyDocument": {"Statement": [statement]}}


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


@pytest.mark.anyio
async def test_options_apply_to_a_reloaded_template() -> None:
    """Tokens, base path and limits outlive a reload. The gateway serves the new routes."""
    options = GatewayOptions(base_path="shop", coalesce_bytes=0, quiet=True)

    functions = InMemoryFunctions({"fn": OK})
    console: list[str] = []
    old, new = (
        protected(MethodAuthorization(authorizer=COGNITO), path) for path in ("/old", "/new")
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

    assert statuses == [200, 200, 403]
    assert console == ["GET /shop/old: 403, the API has no such route"]


def sign(
    credentials: Credentials, method: str, url: str, body: bytes = b"", *, in_query: bool = False
) -> botocore.awsrequest.AWSPreparedRequest:
    """Sign as any AWS SDK does."""
    request = botocore.awsrequest.AWSRequest(method=method, url=url, data=body)
    kind = botocore.auth.SigV4QueryAuth if in_query else botocore.auth.SigV4Auth
    botocore_credentials = botocore.credentials.Credentials(
        credentials.access_key, credentials.secret_key
    )
    kind(botocore_credentials, "execute-api", "us-east-1").add_auth(request)
    return request.prepare()


GOOD = Credentials.from_name("abc123")


@pytest.mark.parametrize("in_query", [False, True])
@pytest.mark.parametrize("path", ["/x", "/a%20b/c?q=1&q=2&empty=&k=%2Fv"])
def test_a_signed_request_is_accepted(path: str, in_query: bool) -> None:
    """The signature is in headers or query, for any path. The function does not receive it."""
    body = b"" if in_query else b'{"a": 1}'

    async def requests(client: httpx.AsyncClient, served: Gateway, _: Issuer) -> Any:
        method = "GET" if in_query else "POST"
        signed = sign(GOOD, method, served.url(path), body, in_query=in_query)
        return await client.request(
            method, signed.url, headers=dict(signed.headers.items()), content=body
        )

    response, functions, console = make_requests(
        protected(MethodAuthorization(authorizer=IAM)), requests
    )
    event = functions.events[0]

    assert response.status_code == 200, console
    assert "authorization" not in {name.lower() for name in event["headers"]}
    assert event["requestContext"]["identity"]["accessKey"] == GOOD.access_key
    assert event["requestContext"]["identity"]["userArn"].endswith(":user/local")


Changed = Callable[[dict[str, str]], object]


def rescope(headers: dict[str, str], old: str, new: str) -> None:
    """Change a part of the credential scope."""
    headers["Authorization"] = headers["Authorization"].replace(f"/{old}", f"/{new}")


def unchanged(_: dict[str, str]) -> None:
    """Leave the headers as they are."""


@pytest.mark.parametrize(
    ("credentials", "changed", "body", "message"),
    [
        (GOOD, lambda headers: headers.pop("Authorization"), b"{}", "Missing Authentication Token"),
        (GOOD, unchanged, b"{} ", "The request signature we calculated"),
        (
            Credentials(GOOD.access_key, "wrong"),
            unchanged,
            b"{}",
            "The request signature we calculated",
        ),
        (Credentials("AKIDOTHER", "x"), unchanged, b"{}", "The security token included"),
        (
            GOOD,
            lambda headers: headers.update({"X-Amz-Date": "20200101T000000Z"}),
            b"{}",
            "Date in Credential scope does not match",
        ),
        (
            GOOD,
            lambda headers: rescope(headers, "us-east-1", "ap-south-1"),
            b"{}",
            "Credential should be scoped to a valid region, not 'ap-south-1'.",
        ),
        (
            GOOD,
            lambda headers: rescope(headers, "execute-api", "s3"),
            b"{}",
            "Credential should be scoped to correct service: 'execute-api'.",
        ),
        (
            GOOD,
            lambda headers: rescope(headers, "aws4_request", "aws3_request"),
            b"{}",
            "Credential should be scoped with a valid terminator",
        ),
        (
            GOOD,
            lambda headers: headers.update({"X-Amz-Security-Token": "unsigned"}),
            b"{}",
            "There were headers present in the request which were not signed: x-amz-security-token",
        ),
        (
            GOOD,
            lambda headers: headers.update({"Authorization": "Basic abc"}),
            b"{}",
            "Authorization header requires",
        ),
    ],
)
def test_a_request_without_a_valid_signature_is_a_403(
    credentials: Credentials, changed: Changed, body: bytes, message: str
) -> None:
    """Unsigned, changed in transit, signed with other keys, or at another time."""

    async def requests(client: httpx.AsyncClient, served: Gateway, _: Issuer) -> Any:
        signed = sign(credentials, "POST", served.url("/x"), b"{}")
        headers = dict(signed.headers.items())
        headers.pop("Content-Length", None)
        changed(headers)
        return await client.post(served.url("/x"), headers=headers, content=body)

    response, functions, _ = make_requests(protected(MethodAuthorization(authorizer=IAM)), requests)

    assert response.status_code == 403
    assert response.json()["message"].startswith(message)
    assert functions.events == []


@pytest.mark.parametrize(
    ("in_query", "seconds", "good"),
    [
        (False, -280, True),
        (False, -320, False),
        (False, 280, True),
        (False, 320, False),
        (True, 3000, True),
        (True, 4000, False),
    ],
)
def test_a_signature_expires(in_query: bool, seconds: float, good: bool) -> None:
    """It is valid for five minutes before and after. A signed URL sets its lifetime, here an
    hour."""
    url = "http://127.0.0.1:3000/prod/x"
    signed = sign(GOOD, "GET", url, in_query=in_query)
    request = GatewayRequest(
        method="GET",
        full_path="/prod/x",
        path="/x",
        query=str(signed.url).partition("?")[2],
        headers=[("Host", "127.0.0.1:3000"), *signed.headers.items()],
        source_ip="127.0.0.1",
        port=3000,
    )

    def check() -> None:
        check_signature(request, b"", GOOD, "us-east-1", clock=lambda: time.time() + seconds)

    if good:
        check()
    else:
        with pytest.raises(SignatureError, match=r"Signature (expired|not yet current)"):
            check()


@pytest.mark.parametrize("seconds", ["0", "-1", "604801", "1e3", ""])
def test_a_signed_url_is_valid_for_at_most_a_week(seconds: str) -> None:
    signed = sign(GOOD, "GET", "http://127.0.0.1:3000/prod/x", in_query=True)
    query = str(signed.url).partition("?")[2].replace("Expires=3600", f"Expires={seconds}")
    request = GatewayRequest(
        method="GET",
        full_path="/prod/x",
        path="/x",
        query=query,
        headers=[("Host", "127.0.0.1:3000")],
        source_ip="127.0.0.1",
        port=3000,
    )
    with pytest.raises(SignatureError, match="X-Amz-Expires must be between 1 and 604800 seconds"):
        check_signature(request, b"", GOOD, "us-east-1")


@pytest.mark.parametrize("use", ["refresh", None, ["id"], "ID"])
def test_a_user_pool_issues_only_id_and_access_tokens(use: object) -> None:
    """An authorizer accepts no other use of a token."""
    pools = UserPools()
    assert pools.read_claims(pools.create_token(POOL), [POOL])["token_use"] == "id"
    with pytest.raises(TokenError, match="the token is not valid"):
        pools.read_claims(pools.create_token(POOL, claims={"token_use": use}), [POOL])


VALUE = "a-value-of-the-template"
KEY = ApiKey(id="key1", name="Partner", origin=SourceLocation(), value=VALUE)
OTHER_KEY = ApiKey(id="key2", name="Other", origin=SourceLocation())
DISABLED = ApiKey(id="key3", name="Off", origin=SourceLocation(), value="disabled", enabled=False)
PLAN = UsagePlan(
    id="plan", name="Basic", origin=SourceLocation(), api_keys=(KEY, OTHER_KEY, DISABLED)
)


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


def test_a_path_too_long_for_a_methods_arn_is_a_414() -> None:
    """With authorization, the ARN of the called method has at most 1,600 bytes."""
    response, _, _ = make_requests(
        protected(MethodAuthorization(authorizer=TOKEN)),
        get("/" + "x" * 1700, headers={"Authorization": "t"}),
        write_policy(ALLOW_ALL),
    )

    assert status_and_message(response) == (414, "Request URI too long")
