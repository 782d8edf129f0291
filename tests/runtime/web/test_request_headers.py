"""Headers of a client reach an app as with a web server, and forge no data of the caller."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.runtime.lambda_context import LambdaContext
from streaming_construct.runtime.web.http_request import HttpRequest
from streaming_construct.runtime.web.request_headers import Authority, encode_value
from tests.runtime.events import rest_event

if TYPE_CHECKING:
    from tests.runtime.conftest import Function

ECHO = {
    "asgi": """
        import json
        async def handler(scope, receive, send):
            if scope["type"] == "lifespan":
                return
            seen = [[n.decode(), v.decode("latin-1")] for n, v in scope["headers"]]
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body", "body": json.dumps(seen).encode()})
        """,
    "wsgi": """
        import json
        def handler(environ, start_response):
            start_response("200 OK", [])
            seen = [
                [n.removeprefix("HTTP_").lower().replace("_", "-"), v] for n, v in environ.items()
                if n.startswith(("HTTP_", "CONTENT_"))]
            return [json.dumps(seen).encode()]
        """,
}


def headers_of(*pairs: tuple[str, str], **members: Any) -> list[tuple[str, str]]:
    """Return the headers that an app receives for an event with these headers."""
    many: dict[str, list[str]] = {}
    for name, value in pairs:
        many.setdefault(name, []).append(value)
    return HttpRequest(rest_event(headers=many, **members)).headers


@pytest.mark.parametrize("kind", ECHO)
def test_a_client_cannot_forge_the_headers_of_the_caller(function: Function, kind: str) -> None:
    """The runtime sets the headers of the adapter, whatever the client sends."""
    function.start(
        ECHO[kind], AWS_LAMBDA_FUNCTION_NAME="chat", AWS_LAMBDA_FUNCTION_MEMORY_SIZE="512"
    )
    forged = {
        "X-Amzn-Request-Context": ['{"authorizer": {"claims": {"sub": "admin"}}}'],
        "x_amzn_request_context": ["forged"],
        "x-amzn-lambda-context": ["forged"],
        "X-Amz-Tenant-Id": ["forged"],
        "X_Auth_User": ["forged"],
        "X-Auth-User": ["jane"],
    }
    event = rest_event(headers=forged)
    event["requestContext"]["authorizer"] = {"claims": {"sub": "jane"}}

    headers = json.loads(function.call(event).payload)

    assert "forged" not in json.dumps(headers)
    fields = dict(map(tuple, headers))
    assert json.loads(fields["x-amzn-request-context"]) == event["requestContext"]
    context = json.loads(fields["x-amzn-lambda-context"])
    assert context["request_id"] == "request-1"
    assert context["env_config"]["function_name"] == "chat"
    assert context["env_config"]["memory"] == 512
    assert fields["x-auth-user"] == "jane"
    assert "x-amz-tenant-id" not in fields


def test_the_context_has_the_members_of_the_web_adapter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Members that are missing are null."""

    def read(context: LambdaContext) -> Any:
        headers = dict(HttpRequest(rest_event(), context).headers)
        return json.loads(headers["x-amzn-lambda-context"])

    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    bare = read(LambdaContext("1"))
    configuration = {"function_name", "memory", "version", "log_stream", "log_group"}
    assert set(bare.pop("env_config")) == configuration
    assert bare == {
        "request_id": "1",
        "deadline": 0,
        "invoked_function_arn": None,
        "xray_trace_id": None,
        "client_context": None,
        "identity": None,
    }

    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1")
    full = read(
        LambdaContext(
            'a "é"',
            client_context={"custom": {"a": "\n"}},
            cognito_identity={"cognitoIdentityId": "2", "cognitoIdentityPoolId": "3"},
            deadline_ms=5,
            invoked_function_arn="arn",
        )
    )
    del full["env_config"]
    assert full == {
        "request_id": 'a "é"',
        "deadline": 5,
        "invoked_function_arn": "arn",
        "xray_trace_id": "Root=1",
        "client_context": {"client": None, "custom": {"a": "\n"}, "env": None},
        "identity": {"cognito_identity_id": "2", "cognito_identity_pool_id": "3"},
    }


def test_the_tenant_is_that_of_the_invocation(function: Function) -> None:
    """The header has the tenant that Lambda names."""
    function.start(ECHO["asgi"])

    recorded = function.call(rest_event(), Lambda_Runtime_Aws_Tenant_Id="blue")

    assert ["x-amz-tenant-id", "blue"] in json.loads(recorded.payload)


@pytest.mark.parametrize(
    "name",
    [
        "X_Auth_User",
        "Content_Type",
        "Content_Length",
        "a b",
        "a:b",
        "",
        "é",
        "a\r\nb",
        "(a)",
        "\u212aey",
    ],
)
def test_a_name_that_servers_reject_is_dropped(name: str) -> None:
    """Underscores become dashes in CGI variables. Other characters are no token, such as the Kelvin
    sign, which is k in lower case."""
    assert headers_of((name, "x"), ("X-A", "1")) == [("x-a", "1")]


@pytest.mark.parametrize(
    "pairs",
    [
        [("Connection", "keep-alive, X-Secret"), ("X-Secret", "1")],
        [("Keep-Alive", "timeout=5")],
        [("Proxy-Connection", "close")],
        [("TE", "trailers"), ("Trailer", "X-A")],
        [("Transfer-Encoding", "chunked")],
        [("Upgrade", "h2c")],
    ],
)
def test_headers_of_the_connection_end_at_the_gateway(pairs: list[tuple[str, str]]) -> None:
    """RFC 9110, section 7.6.1: hop-by-hop headers, and those that Connection names."""
    assert headers_of(*pairs) == []


@pytest.mark.parametrize("name", ["Authorization", "Content-Type", "Cookie", "Host"])
def test_connection_cannot_remove_headers_of_the_request(name: str) -> None:
    """A client that names Authorization in Connection does not remove it."""
    assert headers_of(("Connection", name), (name, "x")) == [(name.lower(), "x")]


@pytest.mark.parametrize(
    ("method", "body", "request_headers", "expected"),
    [
        ("POST", "é", {}, "2"),
        ("POST", None, {}, "0"),
        ("POST", "abc", {"Content-Length": "1"}, "3"),
        ("POST", "abc", {"content-length": "999"}, "3"),
        ("POST", "abc", {"Transfer-Encoding": "chunked"}, "3"),
        ("GET", None, {}, None),
        ("GET", None, {"Content-Length": "5"}, None),
        ("DELETE", "x", {}, "1"),
    ],
)
def test_content_length_is_that_of_the_decoded_body(
    method: str, body: str | None, request_headers: dict[str, str], expected: str | None
) -> None:
    """An event has none. That of a client may be the length of another encoding."""
    event = rest_event(
        method, headers={name: [value] for name, value in request_headers.items()}, body=body
    )

    headers = HttpRequest(event).headers

    assert [v for n, v in headers if n == "content-length"] == ([expected] if expected else [])
    assert "transfer-encoding" not in dict(headers)


@pytest.mark.parametrize(
    ("value", "host", "port"),
    [
        ("api.example", "api.example", None),
        ("api.example:8443", "api.example", 8443),
        ("[::1]:8080", "[::1]", 8080),
        ("[::1]", "[::1]", None),
    ],
)
def test_a_host_is_parsed(value: str, host: str, port: int | None) -> None:
    """Names and addresses, with and without a port."""
    authority = Authority.parse(value)

    assert authority is not None
    assert (authority.host, authority.port) == (host, port)


@pytest.mark.parametrize(
    "value",
    ["", ":80", "a:\xb2", "a:-1", "a:99999", "a:1:2", "a/b", "a@b", "a b", "[", f"a:{'9' * 5000}"],
)
def test_an_invalid_host_is_not_the_name_of_the_server(value: str) -> None:
    """The name then comes from the event. No such value fails the request."""
    event = rest_event(headers={"Host": [value]})
    event["requestContext"]["domainName"] = "api.example"

    request = HttpRequest(event)

    assert (request.host, request.port) == ("api.example", 443)


@pytest.mark.parametrize(
    ("headers", "scheme", "port"),
    [
        ({"X-Forwarded-Proto": ["http"], "X-Forwarded-Port": ["8080"]}, "http", 8080),
        ({"X-Forwarded-Proto": ["gopher"]}, "https", 443),
        ({"X-Forwarded-Proto": ["http", "https"]}, "http", 80),
        ({"X-Forwarded-Port": ["\xb2"]}, "https", 443),
        ({"X-Forwarded-Port": ["1" * 5000]}, "https", 443),
    ],
)
def test_scheme_and_port_are_those_of_the_gateway(
    headers: dict[str, list[str]], scheme: str, port: int
) -> None:
    """Only http and https, and only valid ports are accepted."""
    request = HttpRequest(rest_event(headers=headers))

    assert (request.scheme, request.port) == (scheme, port)


@pytest.mark.parametrize(
    ("url_path", "stage", "path", "root", "expected"),
    [
        ("/prod/a", "prod", "/a", "/prod", "/prod/a"),
        ("/prod/", "prod", "/", "/prod", "/prod/"),
        ("/prod", "prod", "/", "/prod", "/prod/"),
        ("/a", "prod", "/a", "", "/a"),
        ("/prod/prod/a", "prod", "/prod/a", "/prod", "/prod/prod/a"),
        ("/v1/a", "prod", "/v1/a", "", "/v1/a"),
        ("", "prod", "/a", "", "/a"),
    ],
)
def test_the_root_path_is_the_stage_of_the_url(
    url_path: str, stage: str, path: str, root: str, expected: str
) -> None:
    """A custom domain name has none."""
    event = rest_event(path=path)
    event["requestContext"] |= {"path": url_path, "stage": stage}

    request = HttpRequest(event)

    assert (request.root, request.path) == (root, expected)


@given(st.dictionaries(st.text(max_size=20), st.lists(st.text(max_size=20), max_size=3)))
def test_any_header_is_passed_on_or_dropped(headers: dict[str, list[str]]) -> None:
    """No value of a client fails a request. Each passed value can be sent as bytes."""
    for name, value in HttpRequest(rest_event(headers=headers)).headers:
        assert name == name.encode("ascii").decode().lower()
        assert "_" not in name
        assert not {"\r", "\n", "\0"} & set(value)
        encode_value(value).decode("latin-1")
