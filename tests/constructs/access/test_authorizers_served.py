"""Authorizers, API keys and validation of the construct's template, served over sockets."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import httpx
import pytest
from aws_cdk import App, Duration, Stack, aws_cognito
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigateway import (
    CorsOptions,
    IdentitySource,
    Period,
    QuotaSettings,
    RequestValidatorOptions,
    ResponseTransferMode,
)

from streaming_construct import (
    Authorizer,
    OpenApi,
    OpenApiOptions,
    PythonStreamingFunction,
    RouteOptions,
    StreamingRestApi,
)
from streaming_construct.local.gateway.authorizers.sigv4 import Credentials
from streaming_construct.local.local_api import LocalApi

ORIGIN = "https://app.example"
ECHO = """
import json

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event["requestContext"].get("authorizer") or {})}
"""
STREAMING_APP = """
import asyncio


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for number in range(5):
        await send({"type": "http.response.body", "body": b"%d" % number, "more_body": True})
        await asyncio.sleep(0.1)
    await send({"type": "http.response.body", "body": b""})
"""
GUARD = """
def handler(event, context):
    token = event.get("authorizationToken") or event["headers"]["X-Tenant"]
    effect = "Allow" if token.startswith("good") else "Deny"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    return {
        "principalId": token,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"kind": event["type"]},
    }
"""
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Chat", "version": "1"},
    "paths": {
        "/prompts": {
            "post": {
                "parameters": [{"name": "model", "in": "query", "required": True}],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Prompt"}}
                    },
                },
                "responses": {"200": {"description": "said"}},
            }
        },
        "/unchecked": {
            "get": {
                "parameters": [{"name": "model", "in": "query", "required": True}],
                "responses": {"200": {"description": "said"}},
            }
        },
    },
    "components": {
        "schemas": {
            "Prompt": {
                "type": "object",
                "required": ["text"],
                "properties": {"text": {"$ref": "#/components/schemas/Text"}},
            },
            "Text": {"type": "string", "minLength": 1},
        }
    },
}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalApi]:
    """One API with a route for each kind of authorization."""
    folder = tmp_path_factory.mktemp("access")
    for name, code in {"echo": ECHO, "guard": GUARD}.items():
        (folder / name).mkdir()
        (folder / name / "index.py").write_text(code)
    (folder / "web").mkdir()
    (folder / "web" / "web_app.py").write_text(STREAMING_APP)
    app = App(
        analytics_reporting=False,
        builtin_cloud_formation_validation=False,
        outdir=str(folder / "cdk.out"),
    )
    stack = Stack(app, "Access")
    echo, guard = (new_function(stack, folder, name) for name in ("echo", "guard"))
    streaming = PythonStreamingFunction(
        stack, "Web", entry=folder / "web", handler="web_app.app", timeout=Duration.seconds(30)
    )
    users = aws_cognito.UserPool(stack, "Users")
    api = StreamingRestApi(
        stack,
        "Api",
        handler=echo,
        openapi=OpenApiOptions(
            document=OpenApi.from_dict(DOCUMENT),
            operation_overrides={
                "GET /unchecked": RouteOptions(request_validator_options=RequestValidatorOptions()),
                "POST /prompts": RouteOptions(authorizer=Authorizer.none()),
            },
            default_transfer_mode=ResponseTransferMode.BUFFERED,
        ),
        authorizer=Authorizer.cognito(users),
        request_validator_options=RequestValidatorOptions(
            validate_request_body=True, validate_request_parameters=True
        ),
        cors=CorsOptions(allow_origins=[ORIGIN]),
    )

    def add(path: str, **options: Any) -> None:
        api.add_route(
            path, methods=["GET"], response_transfer_mode=ResponseTransferMode.BUFFERED, **options
        )

    api.add_route("/streamed", methods=["GET"], handler=streaming)
    add("/users")
    add("/scoped", authorizer=Authorizer.cognito(users, scopes=["chat/read"]))
    add("/open", authorizer=Authorizer.none())
    add("/signed/{id}", authorizer=Authorizer.iam())
    add("/token", authorizer=Authorizer.token(guard))
    add(
        "/request",
        authorizer=Authorizer.request(guard, identity_sources=[IdentitySource.header("X-Tenant")]),
    )
    add(
        "/uncached",
        authorizer=Authorizer.request(
            guard, results_cache_ttl=Duration.seconds(0), authorizer_name="Uncached"
        ),
    )
    add("/version", authorizer=Authorizer.token(guard.current_version))
    add("/metered", authorizer=Authorizer.none(), api_key_required=True)
    api.add_usage_plan(
        "Plan",
        api_keys=[api.add_api_key("Key", name="team")],
        quota=QuotaSettings(limit=2, period=Period.DAY),
    )
    app.synth()
    with LocalApi.from_assembly(folder / "cdk.out") as served:
        yield served


def new_function(stack: Stack, folder: Path, name: str) -> lambda_.Function:
    return lambda_.Function(
        stack,
        name.capitalize(),
        runtime=lambda_.Runtime.PYTHON_3_14,
        handler="index.handler",
        code=lambda_.Code.from_asset(str(folder / name)),
    )


def send_get(api: LocalApi, path: str, **headers: str) -> httpx.Response:
    return httpx.get(api.url_for_path(path), headers=headers, timeout=30)


def test_the_authorizer_of_the_api_is_the_default(api: LocalApi) -> None:
    """It accepts a token of the pool. It rejects no token and a token of the wrong kind."""
    assert send_get(api, "/users").status_code == 401
    assert (
        send_get(api, "/users", Authorization=api.create_token(scopes=["chat/read"])).status_code
        == 401
    )
    response = send_get(
        api, "/users", Authorization=api.create_token(claims={"email": "me@example.com"})
    )

    assert response.json()["claims"]["email"] == "me@example.com"


def test_a_stream_behind_an_authorizer_still_streams(api: LocalApi) -> None:
    """Its chunks arrive over time."""
    arrivals: list[float] = []
    headers = {"Authorization": api.create_token()}
    with httpx.stream(
        "GET", api.url_for_path("/streamed"), headers=headers, timeout=30
    ) as response:
        for _ in response.iter_raw():
            arrivals.append(time.monotonic())  # noqa: PERF401 - the moment is what counts

    assert response.status_code == 200
    assert len(arrivals) >= 3
    assert arrivals[-1] - arrivals[0] > 0.2
    assert send_get(api, "/streamed").status_code == 401


def test_scopes_require_an_access_token_with_one_of_them(api: LocalApi) -> None:
    """Pool and security scheme are the same."""
    assert send_get(api, "/scoped", Authorization=api.create_token()).status_code == 401
    assert (
        send_get(api, "/scoped", Authorization=api.create_token(scopes=["other"])).status_code
        == 401
    )
    assert (
        send_get(api, "/scoped", Authorization=api.create_token(scopes=["chat/read"])).status_code
        == 200
    )


def test_a_route_may_be_open(api: LocalApi) -> None:
    """The API has an authorizer, and the route has `Authorizer.none()`."""
    assert send_get(api, "/open").json() == {}


def test_a_signed_request_is_accepted(api: LocalApi) -> None:
    """The test signs as any AWS SDK does. Without a signature it is a 403."""
    credentials = Credentials.from_name(api.model.id)
    request = botocore.awsrequest.AWSRequest(method="GET", url=api.url_for_path("/signed/7"))
    botocore.auth.SigV4Auth(
        botocore.credentials.Credentials(credentials.access_key, credentials.secret_key),
        "execute-api",
        "us-east-1",
    ).add_auth(request)
    signed = dict(request.prepare().headers.items())

    assert httpx.get(api.url_for_path("/signed/7"), headers=signed, timeout=30).status_code == 200
    assert send_get(api, "/signed/7").json() == {"message": "Missing Authentication Token"}


@pytest.mark.parametrize(
    ("path", "header", "kind"),
    [
        ("/token", "Authorization", "TOKEN"),
        ("/version", "Authorization", "TOKEN"),
        ("/request", "X-Tenant", "REQUEST"),
    ],
)
def test_a_lambda_authorizer_decides(api: LocalApi, path: str, header: str, kind: str) -> None:
    """It runs in a separate process. Its context reaches the other function."""
    good = send_get(api, path, **{header: "good"})

    assert (good.status_code, good.json()["kind"]) == (200, kind)
    assert send_get(api, path, **{header: "bad"}).status_code == 403
    assert send_get(api, path).status_code == 401


def test_a_lambda_authorizer_may_have_no_identity_sources(api: LocalApi) -> None:
    """It runs for each request, and rejects one without a token."""
    assert send_get(api, "/uncached", **{"X-Tenant": "good"}).status_code == 200
    assert send_get(api, "/uncached", **{"X-Tenant": "bad"}).status_code == 403
    assert send_get(api, "/uncached").status_code == 500


def test_an_api_key_is_accepted_until_its_quota_is_used(api: LocalApi) -> None:
    """Without one it is a 403, beyond the quota a 429."""
    headers = {"x-api-key": api.get_api_key("team")}

    assert send_get(api, "/metered").json() == {"message": "Forbidden"}
    assert [send_get(api, "/metered", **headers).status_code for _ in range(3)] == [200, 200, 429]
    assert send_get(api, "/metered", **headers).json() == {"message": "Limit Exceeded"}
    with pytest.raises(LookupError, match=r"API key unknown\. Its keys: team"):
        api.get_api_key("unknown")


@pytest.mark.parametrize("path", ["/users", "/signed/7", "/request", "/metered", "/prompts"])
def test_preflights_are_never_authorized(api: LocalApi, path: str) -> None:
    """They have no credentials. The response is that of CORS."""
    response = httpx.options(api.url_for_path(path), headers={"Origin": ORIGIN}, timeout=30)

    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == ORIGIN


def post(api: LocalApi, body: Any, query: str = "?model=m", **headers: str) -> httpx.Response:
    return httpx.post(
        api.url_for_path(f"/prompts{query}"),
        content=body if isinstance(body, str) else json.dumps(body),
        headers={"Content-Type": "application/json", **headers},
        timeout=30,
    )


def test_a_valid_request_is_accepted(api: LocalApi) -> None:
    """It has its parameter and a body that its model allows."""
    assert post(api, {"text": "hello"}).status_code == 200


@pytest.mark.parametrize("query", ["", "?model=", "?other=1"])
def test_a_missing_parameter_is_named(api: LocalApi, query: str) -> None:
    """A blank one counts as missing. A page of another origin may read the response."""
    response = post(api, {"text": "hello"}, query)

    assert response.status_code == 400
    assert response.json() == {"message": "Missing required request parameters: [model]"}
    assert response.headers["access-control-allow-origin"] == ORIGIN


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "'text' is a required property"),
        ({"text": ""}, "$.text"),
        ({"text": 1}, '$.text: type "string"'),
        ("{", "the body is not JSON"),
        ("", "'text' is a required property"),
    ],
)
def test_the_response_to_an_invalid_body_names_the_problem(
    api: LocalApi, body: Any, words: str
) -> None:
    """It is JSON, even with quotes in the problem. A page of another origin may read it."""
    response = post(api, body)

    assert response.status_code == 400
    assert response.json()["message"] == "Invalid request body"
    assert words in response.json()["detail"]
    assert response.headers["access-control-allow-origin"] == ORIGIN


def test_a_body_of_another_media_type_is_not_checked(api: LocalApi) -> None:
    """API Gateway has no model for it, and accepts it."""
    assert post(api, "text", **{"Content-Type": "text/plain"}).status_code == 200


def test_an_override_disables_the_validation_of_an_operation(api: LocalApi) -> None:
    """It has no option of validation."""
    assert send_get(api, "/unchecked", Authorization=api.create_token()).status_code == 200
