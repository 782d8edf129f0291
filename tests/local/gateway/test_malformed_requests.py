"""Unusual targets and header values: the status is a client error, and no traceback is printed."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

from streaming_construct.model.integrations import Integration, TemplatedResponse
from tests.support.in_memory_functions import api_model, gateway, prelude, raw_exchange, route

TARGETS = {
    "/prod/../prod/x": 200,
    "/prod/%2e%2e/%2e%2e/etc/passwd": 200,
    "/prod/%00?q=%0d%0a": 200,
    "/prod/%zz?%=%&&=&a[]=1&__proto__=x": 200,
    "//localhost/prod/a": 403,
    "http://localhost": 403,
    "http://localhost?x=1": 403,
    "http://[::1/prod/a": 400,
    "http://evil.test@localhost/prod/a": 403,
    "http://localhost:99999/prod/a": 200,
    "/pro": 403,
    "*": 403,
}
VALUES = ("ok", "a%0d%0aSet-Cookie:%20pwn=1", "%00", "%C4%80", "%ED%A0%80", "%7F", "%1b[2J", "")
MAPPED = {"X-Q": "method.request.querystring.q"}
API = api_model(
    route("/{proxy+}"),
    replace(
        route("/mapped"),
        integration=Integration(
            type="mock",
            request_templates={"application/json": '{"statusCode": 200}'},
            responses={"default": TemplatedResponse(status=200, headers=MAPPED)},
        ),
    ),
    gateway_responses={"DEFAULT_4XX": TemplatedResponse(headers=MAPPED)},
)


def exchange(targets: list[str]) -> tuple[list[str], list[str]]:
    """Return the heads of the responses to requests for these targets, and the console output."""

    async def scenario() -> tuple[list[str], list[str]]:
        async with gateway(API, {"fn": [prelude(), b"ok"]}) as served:
            received = [
                await raw_exchange(
                    served.port,
                    f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode(
                        "latin-1"
                    ),
                )
                for target in targets
            ]
            return [data.partition(b"\r\n\r\n")[0].decode() for data in received], served.console

    return asyncio.run(scenario())


def test_a_malformed_target_is_a_client_error() -> None:
    """An absolute target, an invalid host, dots, and bytes that are no text."""
    heads, console = exchange(list(TARGETS))
    statuses = [int(head.split(" ")[1]) for head in heads]

    assert dict(zip(TARGETS, statuses, strict=True)) == TARGETS
    assert "Traceback" not in "\n".join(console)


def test_a_mapped_value_is_never_more_than_one_header() -> None:
    """In the response of a mock and in a gateway response, an invalid value is an error."""
    targets = [f"{path}?q={value}" for path in ("/prod/mapped", "/nothing") for value in VALUES]
    heads, console = exchange(targets)

    assert heads[0].startswith("HTTP/1.1 200 ")
    for head in heads:
        assert re.match(r"HTTP/1\.1 (200|400|403|500) ", head)
        assert not re.search(r"^set-cookie", head, re.IGNORECASE | re.MULTILINE)
        assert not re.search("[\0\x1b\x7f]", head)
    assert "Traceback" not in "\n".join(console)
