"""The endpoints that allowed calls go to."""

from __future__ import annotations

import pytest

from streaming_construct.local.execution_role.aws_call import SignatureScope
from streaming_construct.local.execution_role.forwarding import (
    CustomEndpoint,
    Endpoint,
    ForwardingError,
    _build_aws_url,
    _get_client_name,
    forward,
)
from streaming_construct.local.execution_role.request_signing import (
    EndpointCredentials,
    OutgoingRequest,
    SigningError,
    remove_signature,
    sign_headers,
)
from streaming_construct.local.http.byte_stream import ByteStream
from streaming_construct.local.http.request import Request

KEY = EndpointCredentials("AKIATEST", "secret", "token")


def scope(service: str, region: str = "eu-west-1") -> SignatureScope:
    return SignatureScope(access_key="ASIATEST", region=region, service=service)


@pytest.mark.parametrize(
    ("signed_for", "path", "host"),
    [
        (scope("dynamodb"), "/", "dynamodb.eu-west-1.amazonaws.com"),
        (scope("s3"), "/docs/a", "s3.eu-west-1.amazonaws.com"),
        (scope("bedrock"), "/model/m/converse", "bedrock-runtime.eu-west-1.amazonaws.com"),
        (scope("sqs", "cn-north-1"), "/", "sqs.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_calls_of_aws_go_to_the_host_of_the_service(
    signed_for: SignatureScope, path: str, host: str
) -> None:
    assert (
        _build_aws_url(_get_client_name(signed_for, path), signed_for.region) == f"https://{host}"
    )


def test_a_service_that_botocore_does_not_know_has_no_endpoint() -> None:
    with pytest.raises(ForwardingError, match="none has no endpoint in eu-west-1"):
        _build_aws_url("none", "eu-west-1")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("endpoint", "problem"),
    [
        (None, "Pass --env AWS_ENDPOINT_URL"),
        (CustomEndpoint("localhost:4566"), "is no http or https URL"),
        (CustomEndpoint("http://127.0.0.1:1"), "http://127.0.0.1:1 cannot be reached"),
    ],
)
async def test_an_unreachable_endpoint_is_named(endpoint: Endpoint | None, problem: str) -> None:
    async def call() -> None:
        request = Request(
            method="POST",
            target="/",
            http_version="1.1",
            headers=(),
            body=ByteStream(),
            is_persistent=True,
            peer="127.0.0.1",
        )
        async with forward(request, b"", scope("sqs"), endpoint, KEY):
            pass

    with pytest.raises(ForwardingError, match=problem):
        await call()


def test_the_signature_is_that_of_the_new_credentials() -> None:
    headers = (
        ("Host", "127.0.0.1:9"),
        ("Authorization", "AWS4-HMAC-SHA256 Credential=ASIATEST/20260101/eu-west-1/s3/x"),
        ("X-Amz-Security-Token", "old"),
        ("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD"),
        ("Content-Type", "text/plain"),
    )
    url = "https://s3.eu-west-1.amazonaws.com/docs/a//b"
    request = OutgoingRequest(method="PUT", url=url, headers=headers, body=b"x")
    signed = {name.lower(): value for name, value in sign_headers(request, KEY, "s3", "eu-west-1")}

    assert signed["host"] == "s3.eu-west-1.amazonaws.com"
    assert "Credential=AKIATEST/" in signed["authorization"]
    assert signed["x-amz-security-token"] == "token"
    assert signed["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD"


def test_a_body_with_signed_chunks_cannot_be_signed_again() -> None:
    headers = (("X-Amz-Content-SHA256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),)
    request = OutgoingRequest(method="PUT", url="http://h/b/k", headers=headers, body=b"x")

    with pytest.raises(SigningError, match="signs each chunk"):
        sign_headers(request, KEY, "s3", "eu-west-1")


def test_a_signed_url_loses_its_signature() -> None:
    query = "versionId=1&X-Amz-Credential=a%2Fb&X-Amz-Signature=c&x-id=GetObject"

    assert remove_signature(query) == "versionId=1&x-id=GetObject"
