"""The caller is the same from an event, an ASGI scope and a WSGI environ."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streaming_construct.runtime.web.caller import Caller, read_caller

COGNITO = {
    "identity": {"sourceIp": "192.0.2.1", "userAgent": "curl/8", "apiKeyId": "key1"},
    "authorizer": {
        "claims": {
            "sub": "user-1",
            "email_verified": "true",
            "cognito:groups": "admins,users",
            "exp": "Sat May 21 14:02:16 UTC 2016",
            "auth_time": "1463839336",
            "scope": "chat/read chat/write",
            "custom:tier": "12",
        }
    },
}
JWT = {
    "identity": {"sourceIp": "192.0.2.1"},
    "authorizer": {"claims": {"sub": "u", "exp": 1463839336, "admin": True, "groups": ["a"]}},
}
LAMBDA = {"authorizer": {"principalId": "p", "tier": "gold", "integrationLatency": 12}}
IAM = {"identity": {"userArn": "arn:aws:iam::111122223333:user/u", "accountId": "111122223333"}}
HTTP_API = {
    "http": {"sourceIp": "192.0.2.1", "userAgent": "curl/8"},
    "authorizer": {"jwt": {"claims": {"sub": "u"}, "scopes": ["chat/read"]}},
}
FUNCTION_URL = {
    "http": {"sourceIp": "192.0.2.1"},
    "authorizer": {"iam": {"userArn": "arn:aws:iam::111122223333:user/u", "accountId": "1"}},
}


def fields(caller: Caller) -> dict[str, Any]:
    """Return all fields of a caller."""
    return {name: getattr(caller, name) for name in Caller.__slots__}


def requests(context: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the forms in which an app receives a request with this `requestContext`."""
    text = json.dumps(context)
    event = {"requestContext": context}
    return [
        event,
        {"type": "http", "headers": [], "aws.event": event},
        {"REQUEST_METHOD": "GET", "aws.event": event},
        {"type": "http", "headers": [(b"x-amzn-request-context", text.encode())]},
        {"REQUEST_METHOD": "GET", "HTTP_X_AMZN_REQUEST_CONTEXT": text},
    ]


@pytest.mark.parametrize("context", [COGNITO, JWT, LAMBDA, IAM, HTTP_API, FUNCTION_URL, {}])
def test_each_form_of_a_request_has_the_same_caller(
    context: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is in the event, or behind the adapter in a header."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "fn")
    first, *callers = (fields(read_caller(request)) for request in requests(context))

    assert all(caller == first for caller in callers)


def test_cognito_claims_have_their_types() -> None:
    """Text of unknown claims stays text."""
    caller = Caller(COGNITO)

    assert caller.claims == {
        "sub": "user-1",
        "email_verified": True,
        "cognito:groups": ["admins", "users"],
        "exp": 1463839336,
        "auth_time": 1463839336,
        "scope": "chat/read chat/write",
        "custom:tier": "12",
    }
    assert (caller.principal_id, caller.scopes) == ("user-1", ("chat/read", "chat/write"))
    assert (caller.source_ip, caller.user_agent, caller.api_key_id) == (
        "192.0.2.1", "curl/8", "key1",
    )  # fmt: skip
    assert caller.authorizer_context == {}


def test_each_authorizer_names_its_principal() -> None:
    """It is the subject of a token, the principal of a Lambda authorizer, or an ARN."""
    assert Caller(JWT).claims["groups"] == ["a"]
    assert Caller(LAMBDA).principal_id == "p"
    assert Caller(LAMBDA).authorizer_context == {"tier": "gold"}
    assert (
        Caller(IAM).principal_id == Caller(FUNCTION_URL).principal_id == IAM["identity"]["userArn"]
    )
    assert Caller(HTTP_API).scopes == ("chat/read",)
    assert Caller({}).principal_id is None


@pytest.mark.parametrize("request_", requests(JWT)[3:])
def test_the_header_is_ignored_outside_lambda(
    request_: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client could send it to a web server without the adapter."""
    monkeypatch.delenv("AWS_LAMBDA_FUNCTION_NAME", raising=False)

    assert fields(read_caller(request_)) == fields(Caller({}))


def test_another_value_is_an_error() -> None:
    """The message names what to pass."""
    with pytest.raises(ValueError, match=r"Pass request\.scope, request\.environ or the event"):
        read_caller({"Records": []})
