"""The event that a function receives."""

from __future__ import annotations

from typing import Final

from streaming_construct.verify.battery.programs import DOCS, PROXY_BUFFERED
from streaming_construct.verify.battery.theme import Theme
from streaming_construct.verify.case import CaseRequest

_PAGE: Final = "local-gateway.md#routing-and-events"
_KNOWN_ISSUES: Final = f"{DOCS}api-gateway-known-issues.html"
_JSON: Final = (("Content-Type", "application/json"),)


_case: Final = Theme(name="events", id_prefix="event", page=_PAGE).case


CASES: Final = (
    _case(
        "query",
        "`queryStringParameters` has the last value of each name, decoded.",
        CaseRequest(path="/any?a=1&a=2&b=x%20y&c="),
        {"event:/queryStringParameters": {"a": "2", "b": "x y", "c": ""}},
        source_url=PROXY_BUFFERED,
    ),
    _case(
        "multi-value-query",
        "`multiValueQueryStringParameters` has all values of each name, decoded.",
        CaseRequest(path="/any?a=1&a=2&b=x%20y"),
        {"event:/multiValueQueryStringParameters": {"a": ["1", "2"], "b": ["x y"]}},
        source_url=PROXY_BUFFERED,
    ),
    _case(
        "query-plus",
        "A plus sign in a query is a space.",
        CaseRequest(path="/any?a=x+y"),
        {"event:/queryStringParameters/a": "x y"},
    ),
    _case(
        "query-without-value",
        "A name without a value has an empty text.",
        CaseRequest(path="/any?flag"),
        {"event:/queryStringParameters/flag": ""},
    ),
    _case(
        "no-query",
        "Without a query, both members are null.",
        CaseRequest(path="/any"),
        {
            "type:/queryStringParameters": "null",
            "type:/multiValueQueryStringParameters": "null",
        },
        source_url=PROXY_BUFFERED,
    ),
    _case(
        "path",
        "`path` has no stage, and `requestContext.path` has it.",
        CaseRequest(path="/any"),
        {
            "event:/path": "/any",
            "event:/requestContext/path": "/prod/any",
            "event:/requestContext/stage": "prod",
            "event:/requestContext/resourcePath": "/any",
        },
        source_url=PROXY_BUFFERED,
    ),
    _case(
        "encoded-path",
        "`path` and `pathParameters` stay percent-encoded.",
        CaseRequest(path="/items/a%20b%C3%A9"),
        {"event:/path": "/items/a%20b%C3%A9", "event:/pathParameters/id": "a%20b%C3%A9"},
    ),
    _case(
        "no-path-parameters",
        "Without path parameters and stage variables, both members are null.",
        CaseRequest(path="/any"),
        {"type:/pathParameters": "null", "type:/stageVariables": "null"},
        source_url=PROXY_BUFFERED,
    ),
    _case(
        "request-context",
        "`requestContext` has the ids of the account, the API and the request.",
        CaseRequest(path="/any"),
        {
            "event:/requestContext/accountId": "{account}",
            "event:/requestContext/apiId": "{api_id}",
            "event:/requestContext/requestId": "{request_id}",
            "event:/requestContext/extendedRequestId": "{extended_request_id}",
            "event:/requestContext/protocol": "HTTP/1.1",
            "type:/requestContext/requestTimeEpoch": "number",
        },
        source_url=PROXY_BUFFERED,
    ),
    _case(
        "identity",
        "`requestContext.identity` has the IP address and the user agent of the client.",
        CaseRequest(path="/any", headers=(("User-Agent", "verify"),)),
        {
            "event:/requestContext/identity/userAgent": "verify",
            "type:/requestContext/identity/sourceIp": "string",
            "type:/requestContext/identity/caller": "null",
        },
        source_url=PROXY_BUFFERED,
    ),
    _case(
        "repeated-header",
        "`headers` has the last value of a repeated header, `multiValueHeaders` all values.",
        CaseRequest(path="/any", headers=(("X-Twice", "one"), ("X-Twice", "two"))),
        {
            "event:/headers/X-Twice": "two",
            "event:/multiValueHeaders/X-Twice": ["one", "two"],
        },
        source_url=PROXY_BUFFERED,
    ),
    _case(
        "forwarded-headers",
        "The function receives the headers of the forwarding and of the trace.",
        CaseRequest(path="/any"),
        {
            "has_event:/headers/X-Forwarded-For": True,
            "has_event:/headers/X-Forwarded-Port": True,
            "has_event:/headers/X-Forwarded-Proto": True,
            "has_event:/headers/X-Amzn-Trace-Id": True,
        },
        source_url=_KNOWN_ISSUES,
    ),
    _case(
        "content-md5",
        "The function does not receive `Content-MD5`.",
        CaseRequest(path="/any", headers=(("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg=="),)),
        {"status": 200, "has_event:/headers/Content-MD5": False},
        source_url=_KNOWN_ISSUES,
    ),
    _case(
        "text-body",
        "A text body reaches the function as it is.",
        CaseRequest(path="/any", method="POST", headers=_JSON, body='{"a": "é"}'.encode()),
        {"event:/body": '{"a": "é"}', "event:/isBase64Encoded": False},
        source_url=PROXY_BUFFERED,
    ),
    _case(
        "no-body",
        "Without a body, `body` is null.",
        CaseRequest(path="/any"),
        {"type:/body": "null", "event:/isBase64Encoded": False},
        source_url=PROXY_BUFFERED,
    ),
    _case(
        "same-for-a-buffered-function",
        "A buffered function receives the same members of the event.",
        CaseRequest(path="/buffered?a=1&a=2"),
        {
            "status": 200,
            "event:/resource": "/buffered",
            "event:/queryStringParameters/a": "2",
            "event:/multiValueQueryStringParameters/a": ["1", "2"],
            "event:/requestContext/path": "/prod/buffered",
        },
        source_url=PROXY_BUFFERED,
    ),
    _case(
        "trace-id-of-the-client",
        "The function receives the root of a trace id that the client sends.",
        CaseRequest(
            path="/any",
            headers=(("X-Amzn-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"),),
        ),
        {"event:/headers/X-Amzn-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"},
    ),
)
"""The cases of this theme."""
