"""Python web apps behind the adapter, in separate processes."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from streaming_construct.local.lambda_.invocation import FunctionError
from streaming_construct.model.functions import Layer
from streaming_construct.model.source_location import SourceLocation
from tests.support.running_functions import (
    body,
    event,
    read_all,
    read_with_times,
    running_service,
    web_function,
)

pytestmark = pytest.mark.anyio

# A web app without a framework: each path misbehaves, or not, in its own way.
APP = """
import asyncio, json, os

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    async def start(status=200, *headers):
        await send({"type": "http.response.start", "status": status,
                    "headers": [(b"content-type", b"text/plain"), *headers]})
    async def say(data, more=True):
        await send({"type": "http.response.body", "body": data, "more_body": more})
    path = scope["path"]
    if path == "/stream":
        await start()
        for number in range(4):
            await say(b"%d" % number)
            await asyncio.sleep(0.05)
        await say(b"", False)
    elif path == "/echo":
        data = b""
        while True:
            message = await receive()
            data += message.get("body", b"")
            if not message.get("more_body"):
                break
        await start(201, (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"))
        head = {"method": scope["method"], "query": scope["query_string"].decode(),
                "headers": {k.decode(): v.decode() for k, v in scope["headers"]}}
        await say(json.dumps(head).encode() + b"\\n" + data, False)
    elif path == "/pid":
        await start()
        await say(b"%d" % os.getpid(), False)
    elif path == "/die-first":
        os._exit(3)
    elif path == "/empty":
        await start(204)
        await say(b"", False)
    else:
        await start(500 if path == "/" and os.environ.get("SICK") else 200)
        await say(b"ok", False)
"""


async def failure_of(service: Any, payload: bytes) -> tuple[bytes, FunctionError]:
    """Return the data that arrived before the error, and the error."""
    arrived = b""
    try:
        async for data in await asyncio.wait_for(service.invoke("fn", payload), 20):
            arrived += data
    except FunctionError as error:
        return arrived.partition(b"\0" * 8)[2], error
    raise AssertionError("it did not fail")


async def test_the_event_becomes_a_request_and_the_response_a_result(tmp_path: Path) -> None:
    """The request has method, query, headers and body. The result has status, cookies and body."""

    request = event(
        "/echo",
        httpMethod="POST",
        multiValueQueryStringParameters={"q": ["1", "2"]},
        body="aGk=",
        isBase64Encoded=True,
        requestContext={"requestId": "r"},
    )
    async with running_service(web_function(tmp_path, APP)) as service:
        result = await read_all(await service.invoke("fn", request))

    prelude, _, rest = result.partition(b"\0" * 8)
    head, _, echoed = rest.partition(b"\n")
    seen_by_app = json.loads(head)

    assert json.loads(prelude)["statusCode"] == 201
    assert json.loads(prelude)["cookies"] == ["a=1", "b=2"]
    assert (seen_by_app["method"], seen_by_app["query"], echoed) == ("POST", "q=1&q=2", b"hi")
    assert json.loads(seen_by_app["headers"]["x-amzn-request-context"]) == {"requestId": "r"}
    assert json.loads(seen_by_app["headers"]["x-amzn-lambda-context"])["request_id"]


async def test_another_invoke_mode_buffers(tmp_path: Path) -> None:
    """The value that streams is `response_stream`. Another one is no error, and buffers."""

    function = web_function(tmp_path, APP, environment={"AWS_LWA_INVOKE_MODE": "streaming"})
    async with running_service(function) as service:
        invocation = await service.invoke("fn", event("/stream"))
        streaming, response = invocation.streaming, json.loads(await read_all(invocation))

    assert not streaming
    assert (response["statusCode"], response["body"]) == (200, "0123")


async def test_an_adapter_in_any_layer_streams_an_empty_response(tmp_path: Path) -> None:
    """The name of the layer and the case of the invoke mode do not matter. A 204 is only a
    prelude."""
    layer = Layer(origin=SourceLocation(), arn="arn:aws:lambda:eu-west-1:123456789012:layer:ours:1")

    variables = {"AWS_LWA_INVOKE_MODE": "RESPONSE_STREAM"}
    function = replace(web_function(tmp_path, APP, environment=variables), layers=(layer,))
    async with running_service(function) as service:
        result = await read_all(await service.invoke("fn", event("/empty")))

    prelude, _, body = result.partition(b"\0" * 8)

    assert (json.loads(prelude)["statusCode"], body) == (204, b"")


async def test_a_process_that_ends_before_its_response_fails_the_invocation(tmp_path: Path) -> None:
    """The next invocation has a new process."""

    async with running_service(web_function(tmp_path, APP)) as service:
        before, _ = await failure_of(service, event("/die-first"))
        result = before, await body(await service.invoke("fn", event("/fine")))

    assert result == (b"", b"ok")


async def test_an_app_that_cannot_be_imported_fails_at_once(tmp_path: Path) -> None:
    """The console has the traceback before the ten seconds of initialization are over."""
    console: list[str] = []

    async with running_service(
        web_function(tmp_path, "import nonsense"), console=console
    ) as service:
        error = (await failure_of(service, event()))[1]

    assert error.error_type == "Runtime.ExitError"
    assert any("[fn init] ModuleNotFoundError" in line for line in console)


async def test_an_app_that_is_never_ready_is_reported(tmp_path: Path, monkeypatch: Any) -> None:
    """The error names the readiness check. An app that is not ready gets no request."""
    monkeypatch.setattr(
        "streaming_construct.local.lambda_.environment_pool.FUNCTION_INIT_SECONDS", 0.5
    )

    function = web_function(tmp_path, APP, environment={"SICK": "1"}, timeout_seconds=0.3)
    async with running_service(function) as service:
        error = (await failure_of(service, event("/fine")))[1]

    assert error.error_type == "Sandbox.Timedout"
    assert "Task timed out after 0.30 seconds and 0.5 of initialization" in error.message
    assert "respond to GET / on port" in error.message


@pytest.mark.parametrize(
    "settings",
    [
        {"AWS_LWA_READINESS_CHECK_PATH": "/health"},
        {"AWS_LWA_READINESS_CHECK_PROTOCOL": "tcp"},
        {"AWS_LWA_READINESS_CHECK_HEALTHY_STATUS": "200-299,500"},
    ],
)
async def test_readiness_is_checked_as_configured(tmp_path: Path, settings: dict[str, str]) -> None:
    """Another path, a TCP connection, or other statuses make the same app ready."""

    function = web_function(tmp_path, APP, environment={"SICK": "1", **settings})
    async with running_service(function) as service:
        result = await body(await service.invoke("fn", event("/fine")))

    assert result == b"ok"


async def test_a_handler_that_is_not_executable_is_reported(tmp_path: Path) -> None:
    """It fails on AWS, too. The reason names the command that corrects it."""

    function = web_function(tmp_path, APP)
    (tmp_path / "run.sh").chmod(0o644)
    async with running_service(function) as service:
        result = service.list_unavailable()["fn"]

    assert "run.sh is not executable. Run `chmod 0755`" in result


def real_adapter() -> str | None:
    """Return the folder of the real adapter, if it is installed for these tests or on PATH."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folders = os.pathsep.join(
        [os.environ["PATH"], str(cache / "streaming-construct/lambda-web-adapter/bin")]
    )
    binary = next(
        (
            p
            for n in ("lambda-adapter", "lambda_web_adapter")
            if (p := shutil.which(n, path=folders))
        ),
        None,
    )
    return binary and str(Path(binary).parent)


@pytest.mark.agreement
@pytest.mark.skipif(
    real_adapter() is None,
    reason="the real Lambda Web Adapter is not here: cargo install lambda_web_adapter "
    "--version 1.0.0-rc1 --root ~/.cache/streaming-construct/lambda-web-adapter",
)
async def test_the_real_adapter_behaves_the_same(tmp_path: Path, monkeypatch: Any) -> None:
    """It runs with our Runtime API: chunks arrive in time, and a dead app is an error at once."""
    monkeypatch.setenv("PATH", f"{real_adapter()}{os.pathsep}{os.environ['PATH']}")

    async with running_service(web_function(tmp_path, APP)) as service:
        loop = asyncio.get_running_loop()
        times = []
        chunks = await read_with_times(await service.invoke("fn", event("/stream")))
        assert b"".join(data for _, data in chunks).endswith(b"\0" * 8 + b"0123")
        for _ in range(50):
            started = loop.time()
            assert await body(await service.invoke("fn", event("/fine"))) == b"ok"
            times.append(loop.time() - started)
        arrivals, warm, error = (
            [moment for moment, _ in chunks],
            times,
            (await failure_of(service, event("/die-first")))[1],
        )

    assert arrivals[-1] - arrivals[0] > 0.1
    # With a delayed acknowledgement each request takes 40 ms or more. A busy machine may delay most
    # requests as much, but not the quickest of many.
    assert min(warm) < 0.04
    assert error.error_type in ("Runtime.ExitError", "unhandled")


@pytest.mark.parametrize(("codes", "fails"), [("500,502-504", False), ("422,200-204", True)])
async def test_configured_statuses_fail_the_invocation(
    tmp_path: Path, codes: str, fails: bool
) -> None:
    """`AWS_LWA_ERROR_STATUS_CODES` names codes and ranges. Others pass."""

    async def scenario() -> FunctionError | bytes:
        function = web_function(tmp_path, APP, environment={"AWS_LWA_ERROR_STATUS_CODES": codes})
        async with running_service(function) as service:
            try:
                return await body(await service.invoke("fn", event("/fine")))
            except FunctionError as error:
                return error

    response = await scenario()

    if fails:
        assert isinstance(response, FunctionError)
        assert "configured error status code: 200" in response.message
    else:
        assert response == b"ok"


async def test_an_app_may_be_ready_after_its_initialization(
    tmp_path: Path, monkeypatch: Any
) -> None:
    """With `AWS_LWA_ASYNC_INIT` a slow start is not repeated: the first request waits for it."""
    monkeypatch.setattr(
        "streaming_construct.local.lambda_.environment_pool.FUNCTION_INIT_SECONDS", 0.5
    )
    monkeypatch.setattr(
        "streaming_construct.local.lambda_.runtimes.web_adapter._ASYNC_INIT_SECONDS", 0.3
    )
    console: list[str] = []

    slow = "import time\ntime.sleep(1)\n" + APP
    variables = {"AWS_LWA_ASYNC_INIT": "true"}
    function = web_function(tmp_path, slow, environment=variables)
    async with running_service(function, console=console) as service:
        result = await body(await service.invoke("fn", event("/fine")))

    assert result == b"ok"
    assert not any("INIT_REPORT" in line for line in console)
