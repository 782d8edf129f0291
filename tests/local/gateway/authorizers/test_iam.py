"""IAM authorization: signatures of AWS SDKs in headers and query."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import httpx
import pytest

from streaming_construct.local.gateway.authorizers.sigv4 import (
    Credentials,
    SignatureError,
    check_signature,
)
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.model.authorization import MethodAuthorization
from tests.local.gateway.authorizers.protected_requests import (
    GOOD,
    IAM,
    Issuer,
    make_requests,
    protected,
)
from tests.support.in_memory_functions import Gateway


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
