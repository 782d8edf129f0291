"""The Lambda proxy event of a REST API."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.local.gateway.proxy_event import build_proxy_event, encode_event
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.local.gateway.router import Match
from streaming_construct.model.api import Stage
from tests.support.in_memory_functions import api_model, route

ROUTE = route(
    "/jobs/{id}",
    "GET",
    uri="arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:eu-west-1:111122223333:function:fn/invocations",
)


def request(**members: Any) -> GatewayRequest:
    return GatewayRequest(
        **{
            "method": "GET",
            "full_path": "/prod/jobs/7",
            "path": "/jobs/7",
            "query": "",
            "headers": [("Host", "localhost:3000"), ("User-Agent", "curl/8")],
            "source_ip": "127.0.0.1",
            "port": 3000,
            "received_at": 1_700_000_000.25,
            "request_id": "the-request",
            "extended_request_id": "the-extended=",
            "trace_root": "1-6553f100-0123456789abcdef01234567",
            **members,
        }
    )


def event(body: bytes = b"", binary: tuple[str, ...] = (), **members: Any) -> dict[str, Any]:
    api = api_model(ROUTE, binary_media_types=binary, stage=Stage(name="prod"))
    without_body = build_proxy_event(api, Match(ROUTE, {"id": "7"}), request(**members))
    built: dict[str, Any] = json.loads(encode_event(without_body, body, binary))
    return built


def test_an_event_is_complete() -> None:
    """It has every member of the event of a REST API; missing values are null."""
    built = event()
    resource_id = built["requestContext"]["resourceId"]

    assert len(resource_id) == 10
    assert built == {
        "resource": "/jobs/{id}",
        "path": "/jobs/7",
        "httpMethod": "GET",
        "headers": {
            "Host": "localhost:3000",
            "User-Agent": "curl/8",
            "X-Amzn-Trace-Id": "Root=1-6553f100-0123456789abcdef01234567",
            "X-Forwarded-For": "127.0.0.1",
            "X-Forwarded-Port": "3000",
            "X-Forwarded-Proto": "http",
        },
        "multiValueHeaders": {
            "Host": ["localhost:3000"],
            "User-Agent": ["curl/8"],
            "X-Amzn-Trace-Id": ["Root=1-6553f100-0123456789abcdef01234567"],
            "X-Forwarded-For": ["127.0.0.1"],
            "X-Forwarded-Port": ["3000"],
            "X-Forwarded-Proto": ["http"],
        },
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"id": "7"},
        "stageVariables": None,
        "requestContext": {
            "accountId": "111122223333",
            "apiId": "abc123",
            "deploymentId": built["requestContext"]["deploymentId"],
            "domainName": "localhost",
            "domainPrefix": "localhost",
            "extendedRequestId": "the-extended=",
            "httpMethod": "GET",
            "identity": {
                "accessKey": None,
                "accountId": None,
                "caller": None,
                "cognitoAuthenticationProvider": None,
                "cognitoAuthenticationType": None,
                "cognitoIdentityId": None,
                "cognitoIdentityPoolId": None,
                "principalOrgId": None,
                "sourceIp": "127.0.0.1",
                "user": None,
                "userAgent": "curl/8",
                "userArn": None,
            },
            "path": "/prod/jobs/7",
            "protocol": "HTTP/1.1",
            "requestId": "the-request",
            "requestTime": "14/Nov/2023:22:13:20 +0000",
            "requestTimeEpoch": 1_700_000_000_250,
            "resourceId": resource_id,
            "resourcePath": "/jobs/{id}",
            "stage": "prod",
        },
        "body": None,
        "isBase64Encoded": False,
    }


def test_repeated_headers_keep_every_value_and_the_last_one() -> None:
    """A name has the case of its first occurrence. Hop-by-hop headers are left out."""
    built = event(
        headers=[
            ("Host", "localhost"),
            ("X-One", "a"),
            ("x-one", "b"),
            ("Connection", "keep-alive"),
            ("Content-Length", "0"),
            ("TE", "trailers"),
            ("X-Forwarded-For", "10.0.0.1"),
            ("X-Amzn-Trace-Id", "Root=1-2-3"),
        ]
    )

    assert built["multiValueHeaders"]["X-One"] == ["a", "b"]
    assert built["headers"]["X-One"] == "b"
    assert built["headers"]["X-Forwarded-For"] == "10.0.0.1, 127.0.0.1"
    assert built["headers"]["X-Amzn-Trace-Id"] == "Root=1-2-3"
    assert {"Connection", "Content-Length", "TE", "x-one"}.isdisjoint(built["headers"])


def test_a_query_is_decoded_with_every_value_and_the_last_one() -> None:
    """Blank values count. Plus signs and percent signs are decoded."""
    built = event(query="a=1&a=2&b&c=x%20y+z&%C3%A4=%26")

    assert built["queryStringParameters"] == {"a": "2", "b": "", "c": "x y z", "ä": "&"}
    assert built["multiValueQueryStringParameters"] == {
        "a": ["1", "2"],
        "b": [""],
        "c": ["x y z"],
        "ä": ["&"],
    }


@pytest.mark.parametrize(
    ("content_type", "binary", "encoded"),
    [
        ("text/plain", (), False),
        ("image/png", (), False),
        ("image/png", ("image/png",), True),
        ("image/PNG; q=1", ("image/png",), True),
        ("image/png", ("image/*",), True),
        ("text/plain", ("image/*",), False),
        ("text/plain", ("*/*",), True),
        (None, ("*/*",), True),
        (None, ("application/json",), True),
    ],
)
def test_a_body_is_base64_when_its_type_is_binary(
    content_type: str | None, binary: tuple[str, ...], encoded: bool
) -> None:
    """The API's binary media types decide. A missing type counts as JSON."""
    headers = [("Host", "localhost")] + ([("Content-Type", content_type)] if content_type else [])
    built = event(b"some bytes", binary, headers=headers)

    assert built["isBase64Encoded"] is encoded
    expected = base64.b64encode(b"some bytes").decode() if encoded else "some bytes"
    assert built["body"] == expected


@given(st.binary(), st.text(), st.lists(st.tuples(st.text(min_size=1), st.text())))
def test_an_event_is_always_json(body: bytes, query: str, headers: list[tuple[str, str]]) -> None:
    """Whatever a client sends, the event can be written and read."""
    built = event(body, query=query, headers=headers)

    assert json.loads(json.dumps(built)) == built


@given(st.binary(min_size=1))
def test_a_binary_body_is_preserved(body: bytes) -> None:
    """Decoded base64 gives every byte."""
    assert base64.b64decode(event(body, ("*/*",))["body"]) == body
