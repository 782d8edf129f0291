"""The same requests to our clients and to those of AWS have the same responses, apart from a
list."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from streaming_construct.local.lambda_.invocation import FunctionError, FunctionNotRunnableError
from streaming_construct.local.lambda_.runtimes.nodejs import find_node
from streaming_construct.local.lambda_.service import LambdaService
from tests.support.genuine_clients import node_clients, web_adapter
from tests.support.running_functions import (
    event,
    running_service,
    runtime_function,
    source_function,
    web_function,
)

if TYPE_CHECKING:
    from pathlib import Path

    from streaming_construct.model.functions import Function

pytestmark = pytest.mark.agreement
NODE = """
const pause = () => new Promise((resolve) => setTimeout(resolve, 30));
const open = (stream, metadata) => awslambda.HttpResponseStream.from(stream, metadata);

export const handler = awslambda.streamifyResponse(async (event, stream, context) => {
  const head = { statusCode: 201, headers: { "x-a": "1" }, cookies: ["a=1", "b=2"] };
  if (event.path === "/early") throw new TypeError("too early");
  if (event.path === "/bare") { stream.setContentType("text/x-own"); stream.write("bare"); }
  else if (event.path === "/blank") open(stream, head).write("");
  else if (event.path === "/empty") stream = open(stream, { statusCode: 204 });
  else stream = open(stream, head);
  if (event.path === "/context") {
    stream.write(JSON.stringify([context.functionName, context.memoryLimitInMB,
      context.invokedFunctionArn, context.getRemainingTimeInMillis() > 5000, event.body]));
  }
  if (event.path === "/big") stream.write(Buffer.alloc(3_000_000, "x"));
  if (event.path === "/paced" || event.path === "/throw" || event.path === "/exit") {
    for (let number = 0; number < 3; number++) {
      stream.write(String(number));
      await pause();
      if (event.path === "/throw" && number === 1) throw new RangeError("in mid-stream");
      if (event.path === "/exit" && number === 1) process.exit(7);
    }
  }
  stream.end();
});
export const plain = async (event) => {
  if (event.path === "/throw") throw new RangeError("no");
  if (event.path === "/text") return "text";
  if (event.path === "/nothing") return undefined;
  return { statusCode: 200, body: event.path };
};
"""

PYTHON = """
import os

def handler(event, context):
    path = event["path"]
    if path == "/raise":
        raise KeyError("no")
    if path == "/set":
        return {"a": {1}}
    if path == "/exit":
        os._exit(3)
    if path == "/nothing":
        return None
    return [path, context.function_name, context.memory_limit_in_mb,
            context.get_remaining_time_in_millis() > 5000, "h\\u00e9"]
"""

# What NODE does, as a Python handler that yields.
GENERATOR = """
import json, os, time
from streaming_construct.runtime import HttpResponse

def handler(event, context):
    path = event["path"]
    if path == "/early":
        raise TypeError("too early")
    if path == "/empty":
        yield HttpResponse(204)
        return
    yield HttpResponse(201, {"x-a": "1"}, cookies=["a=1", "b=2"])
    if path == "/blank":
        yield ""
    if path == "/context":
        yield json.dumps([context.function_name, context.memory_limit_in_mb,
            context.invoked_function_arn, context.get_remaining_time_in_millis() > 5000,
            event["body"]], separators=(",", ":"))
    if path == "/big":
        yield b"x" * 3_000_000
    if path in ("/paced", "/throw", "/exit"):
        for number in range(3):
            yield str(number)
            time.sleep(0.03)
            if path == "/throw" and number == 1:
                raise RangeError("in mid-stream")
            if path == "/exit" and number == 1:
                os._exit(7)

class RangeError(Exception):
    pass
"""

APP = """
import asyncio, json, os

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    async def start(status=200, *headers):
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    async def say(data, more=True):
        await send({"type": "http.response.body", "body": data, "more_body": more})
    path = scope["path"].removeprefix(scope["root_path"])
    if path.endswith("/echo"):
        data = (await receive()).get("body", b"")
        known = {k.decode(): v.decode("latin-1") for k, v in scope["headers"]}
        known = {name: known.get(name) for name in ("x-dup", "authorization", "x-own", "cookie")}
        query = sorted(scope["query_string"].decode().split("&"))
        await start(200, (b"content-type", b"application/json"))
        await say(json.dumps([scope["method"], path, query, known, data.decode()]).encode(), False)
    elif path == "/many":
        await start(200, (b"x-dup", b"a"), (b"x-dup", b"b"), (b"set-cookie", b"a=1"),
                    (b"set-cookie", b"b=2"), (b"content-type", b"text/plain"))
        await say(b"many", False)
    elif path == "/latin":
        await start(200, (b"x-latin", b"caf\\xe9"), (b"content-type", b"text/plain"))
        await say(b"latin", False)
    elif path == "/none":
        await start(204)
        await say(b"", False)
    elif path == "/moved":
        await start(302, (b"location", b"/other"))
        await say(b"", False)
    elif path == "/nuls":
        await start(200, (b"content-type", b"text/plain"))
        await say(bytes(9) + b"x", False)
    elif path == "/teapot":
        await start(418, (b"content-type", b"text/plain"))
        await say(b"teapot", False)
    elif path == "/before":
        raise RuntimeError("before the response")
    elif path in ("/during", "/die"):
        await start(200, (b"content-type", b"text/plain"))
        await say(b"half")
        await asyncio.sleep(0.05)
        if path == "/die":
            os._exit(3)
        raise RuntimeError("in mid-stream")
    else:
        await start(200, (b"content-type", b"text/plain"))
        await say(b"ok", False)
"""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """The result of an invocation. `prelude` is the part before eight NULs, if it has them."""

    streaming: bool
    content_type: str
    prelude: Any
    body: bytes
    error_type: str | None


async def outcome(service: LambdaService, payload: bytes) -> Outcome:
    arrived, streaming, content_type, error_type = b"", False, "", None
    try:
        invocation = await asyncio.wait_for(service.invoke("fn", payload), 20)
        streaming, content_type = invocation.streaming, invocation.content_type
        async for data in invocation:
            arrived += data
    except FunctionError as error:
        error_type = error.error_type
    head, nuls, body = arrived.partition(bytes(8))
    if not nuls:
        return Outcome(streaming, content_type, None, arrived, error_type)
    return Outcome(streaming, content_type, normalize(json.loads(head)), body, error_type)


def normalize(prelude: dict[str, Any]) -> dict[str, Any]:
    """Return an outcome without empty parts, and without parts that differ each time."""
    headers = dict(prelude.get("headers") or {})
    headers.pop("date", None)
    headers.pop("server", None)
    return {**{k: v for k, v in prelude.items() if v}, "headers": headers}


def outcomes(function: Function, payloads: dict[str, bytes]) -> dict[str, Outcome]:
    """Return the outcome of each payload, in order."""

    async def scenario() -> dict[str, Outcome]:
        async with running_service(function) as service:
            return {name: await outcome(service, data) for name, data in payloads.items()}

    return asyncio.run(scenario())


def paths(*names: str) -> dict[str, bytes]:
    return {name: event(name, body="sent") for name in names}


def function_with_client(
    folder: Path, files: dict[str, str], handler: str, command: str, **changes: Any
) -> Function:
    """Return a function whose bootstrap is one of AWS's clients."""
    bootstrap = f'#!/bin/sh\nexec {command} "$_HANDLER"\n'
    return source_function(
        folder, {**files, "bootstrap": bootstrap}, handler, runtime="provided.al2023", **changes
    )


def test_our_python_client_responds_as_awslambdaric(tmp_path: Path) -> None:
    """Values, None, results that are not JSON, exceptions, and the end of the process."""
    pytest.importorskip("awslambdaric", reason="awslambdaric is not installed: it is for Linux")
    files = {"fn.py": PYTHON}
    command = f"'{sys.executable}' -m awslambdaric"
    ours = source_function(tmp_path / "ours", files, "fn.handler")
    # The client's encoder writes escapes or not by the version that this variable names.
    variables = {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.14"}
    theirs = function_with_client(
        tmp_path / "theirs", files, "fn.handler", command, environment=variables
    )
    cases = paths("/", "/nothing", "/raise", "/set", "/exit", "/")

    assert outcomes(ours, cases) == outcomes(theirs, cases)


def send_through_adapter(
    folder: Path, cases: dict[str, bytes], **variables: str
) -> dict[str, Outcome]:
    return outcomes(web_function(folder, APP, environment=variables), cases)


def echo(**members: Any) -> bytes:
    headers = {"X-Dup": "b", "Authorization": "outer", "X-Own": "inner", "Cookie": "c=1"}
    many = {"X-Dup": ["a", "b"], "Authorization": ["outer"], "X-Own": ["inner"], "Cookie": ["c=1"]}
    query = {"a": ["1", "x y"], "b": ["é"]}
    members_of_event = {
        "headers": headers,
        "multiValueHeaders": many,
        "httpMethod": "POST",
        "body": "aGk=",
    }
    return event(
        members.pop("path", "/echo"),
        multiValueQueryStringParameters=query,
        isBase64Encoded=True,
        **{**members_of_event, **members},
    )


@pytest.mark.skipif(
    web_adapter() is None,
    reason="the real Lambda Web Adapter is not here. Run `make genuine-clients`.",
)
@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"AWS_LWA_AUTHORIZATION_SOURCE": "X-Own"},
        {"AWS_LWA_ERROR_STATUS_CODES": "400-417,418"},
    ],
)
def test_our_adapter_responds_as_the_real_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    """Requests and responses are alike. If an app fails in mid-stream, the real one hides it."""
    cases = {
        **paths("/", "/many", "/latin", "/none", "/moved", "/nuls", "/teapot", "/before"),
        "/echo": echo(),
        "HEAD": event("/", httpMethod="HEAD"),
        "no request": b'{"Records": []}',
    }
    broken = paths("/during")
    ours = send_through_adapter(tmp_path / "ours", {**cases, **broken}, **variables)
    monkeypatch.setenv("PATH", f"{web_adapter()}{os.pathsep}{os.environ['PATH']}")
    theirs = send_through_adapter(tmp_path / "theirs", {**cases, **broken}, **variables)

    for name in broken:
        mine, real = ours.pop(name), theirs.pop(name)
        assert (mine.body, mine.error_type) == (b"half", "Runtime.StreamError")
        assert real.error_type is None
        assert real.body.startswith(b"half")
        assert b"Lambda-Runtime-Function-Error-Type" in real.body
    assert ours == theirs


def test_the_streaming_runtime_responds_as_aws_lambda_ric(tmp_path: Path) -> None:
    """A generator gives the same heads, bodies and failures as the Node.js handler."""
    client = node_clients()["nodejs24.x"]
    try:
        node = find_node()
    except FunctionNotRunnableError as reason:
        pytest.skip(str(reason))
    cases = paths("/", "/paced", "/empty", "/blank", "/big", "/context", "/throw", "/early")
    ours = outcomes(runtime_function(tmp_path / "ours", {"fn.py": GENERATOR}, "fn.handler"), cases)
    theirs = outcomes(
        function_with_client(
            tmp_path / "theirs", {"index.mjs": NODE}, "index.handler", f"'{node}' '{client}'"
        ),
        cases,
    )

    # The genuine runtime starts a response and truncates it. Ours reports the error at once.
    early, too_early = ours.pop("/early"), theirs.pop("/early")
    assert early.error_type == too_early.error_type == "TypeError"
    assert early.body == too_early.body == b""
    # The genuine runtime omits the head of a response without chunks.
    for name, status in (("/", 201), ("/empty", 204)):
        assert ours.pop(name).prelude["statusCode"] == status
        assert theirs.pop(name).prelude is None
    assert ours == theirs


def test_a_process_that_exits_in_mid_stream_is_an_error_with_the_streaming_runtime(
    tmp_path: Path,
) -> None:
    """The clients of Node.js do the same."""
    function = runtime_function(tmp_path, {"fn.py": GENERATOR}, "fn.handler")

    outcome = outcomes(function, paths("/exit"))["/exit"]

    assert outcome.error_type in ("Runtime.TruncatedResponse", "Runtime.ExitError")


def test_the_streaming_runtime_responds_as_awslambdaric(tmp_path: Path) -> None:
    """The caller does not use HTTP. The test compares results and failures."""
    pytest.importorskip("awslambdaric", reason="awslambdaric is not installed: it is for Linux")
    files = {"fn.py": PYTHON}
    ours = runtime_function(tmp_path / "ours", files, "fn.handler")
    theirs = function_with_client(
        tmp_path / "theirs", files, "fn.handler", f"'{sys.executable}' -m awslambdaric"
    )
    names = ("/", "/nothing", "/raise", "/set", "/exit", "/again")
    cases = {name: json.dumps({"path": name}).encode() for name in names}

    assert unescape(outcomes(ours, cases)) == unescape(outcomes(theirs, cases))


def unescape(outcomes_by_name: dict[str, Outcome]) -> dict[str, Outcome]:
    """Replace the escapes that Lambda's Python writes before 3.12 and not since."""
    return {
        name: dataclasses.replace(outcome, body=outcome.body.replace(rb"\u00e9", "é".encode()))
        for name, outcome in outcomes_by_name.items()
    }


def test_the_streaming_runtime_responds_as_the_adapter(tmp_path: Path) -> None:
    """The same app runs without adapter and web server. Each difference is intended."""
    cases = {
        **paths("/", "/many", "/latin", "/none", "/moved", "/nuls", "/teapot"),
        "/echo": echo(),
        "HEAD": event("/", httpMethod="HEAD"),
    }
    failing = {**paths("/before", "/during"), "no request": b'{"Records": []}'}
    ours = outcomes(
        runtime_function(tmp_path / "ours", {"app.py": APP}, "app:app"), {**cases, **failing}
    )
    theirs = send_through_adapter(tmp_path / "theirs", {**cases, **failing})

    # There an app that fails is a web server's 500 page; here an error that Lambda counts.
    assert ours.pop("/before").error_type == "RuntimeError"
    assert theirs.pop("/before").prelude is not None
    assert ours.pop("no request").error_type == "Runtime.UnsupportedEvent"
    del theirs["no request"]
    mine, their = ours.pop("/during"), theirs.pop("/during")
    assert (mine.body, mine.error_type) == (b"half", "RuntimeError")
    assert (their.body, their.error_type) == (b"half", "Runtime.StreamError")
    # As API Gateway documents it; the adapter gives lists and loses what is not ASCII.
    assert ours.pop("/many").prelude == {
        "statusCode": 200,
        "multiValueHeaders": {"x-dup": ["a", "b"]},
        "headers": {"content-type": "text/plain"},
        "cookies": ["a=1", "b=2"],
    }
    assert ours.pop("/latin").prelude == {
        "statusCode": 200,
        "headers": {"x-latin": "café", "content-type": "text/plain"},
    }
    del theirs["/many"], theirs["/latin"]
    # The adapter adds a Content-Type to responses without a body.
    for name in ("/none", "/moved"):
        headers = theirs[name].prelude["headers"]
        assert headers.pop("content-type") == "application/octet-stream"
    assert ours == theirs
