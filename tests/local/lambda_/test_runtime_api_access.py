"""Only processes of an environment may call its Runtime API, over real sockets."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from streaming_construct.local.lambda_.invocation import Invocation
from tests.local.lambda_.test_runtime_api import RUNTIME, FakeRuntime, outcome, served

pytestmark = pytest.mark.anyio

linux = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="/proc has the process")

# Another program of the machine that asks for an event; it prints the status.
CLIENT = """
import encodings.idna, http.client, os, sys
if len(sys.argv) > 2:
    os.setuid(int(sys.argv[2]))
connection = http.client.HTTPConnection(*sys.argv[1].split(":"), timeout=20)
connection.request("GET", "/2018-06-01/runtime/invocation/next")
response = connection.getresponse()
print(response.status, response.headers["Lambda-Runtime-Aws-Request-Id"], response.read().decode())
"""


async def raw_status(runtime: FakeRuntime, *headers: str) -> int:
    """Request an event with these headers; return the status."""
    reader, writer = await asyncio.open_connection(runtime.host, runtime.port)
    lines = (f"GET {RUNTIME}/invocation/next HTTP/1.1", *headers, "", "")
    writer.write("\r\n".join(lines).encode())
    status = int((await asyncio.wait_for(reader.readline(), 20)).split()[1])
    writer.close()
    return status


@pytest.mark.parametrize(
    "headers",
    [
        ("Host: evil.test",),
        ("Host: localhost:{port}",),
        ("Host: 127.0.0.1",),
        ("Host: 127.0.0.1:{port}", "Origin: http://evil.test"),
        ("Host: 127.0.0.1:{port}", "Sec-Fetch-Site: cross-site"),
        ("Host: 127.0.0.1:{port}", "sec-fetch-mode: no-cors"),
    ],
)
async def test_a_page_in_a_browser_gets_no_event(tmp_path: Path, headers: tuple[str, ...]) -> None:
    async with served(tmp_path) as (api, runtime):
        running = asyncio.create_task(api.run(invocation := Invocation(b"{}")))
        lines = [line.format(port=runtime.port) for line in headers]
        assert await raw_status(runtime, *lines) == 403
        request_id = await runtime.next_id()
        assert request_id == invocation.request_id
        running.cancel()


async def test_a_second_request_for_an_event_is_rejected_while_one_waits(tmp_path: Path) -> None:
    async with served(tmp_path) as (api, runtime):
        second = FakeRuntime(api.variables["AWS_LAMBDA_RUNTIME_API"])
        waiting = asyncio.create_task(runtime.next_id())
        await api.wait_until_ready()
        status, _, body = await second.call("GET", f"{RUNTIME}/invocation/next")
        assert (status, body["errorType"]) == (403, "InvalidStateTransition")
        second.client.close()
        running = asyncio.create_task(api.run(invocation := Invocation(b"{}")))
        assert await waiting == invocation.request_id
        running.cancel()


async def test_a_runtime_that_reconnects_gets_the_event(tmp_path: Path) -> None:
    async with served(tmp_path) as (api, runtime):
        _, writer = await asyncio.open_connection(runtime.host, runtime.port)
        host = f"{runtime.host}:{runtime.port}"
        head = f"GET {RUNTIME}/invocation/next HTTP/1.1\r\nHost: {host}\r\n\r\n"
        writer.write(head.encode())
        await api.wait_until_ready()
        writer.close()
        await writer.wait_closed()
        running = asyncio.create_task(api.run(invocation := Invocation(b"{}")))
        assert await runtime.next_id() == invocation.request_id
        running.cancel()


async def client_output(
    address: str,
    *,
    variables: dict[str, str],
    user: int | None = None,
) -> list[str]:
    """Run another process that requests an event; return its output."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        CLIENT,
        address,
        *([] if user is None else [str(user)]),
        stdout=subprocess.PIPE,
        env={**os.environ, **variables},
        cwd="/",
    )
    output, _ = await asyncio.wait_for(process.communicate(), 30)
    return output.decode().split(maxsplit=2)


@linux
@pytest.mark.parametrize("variables", [{}, {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1"}])
async def test_a_process_of_no_or_another_environment_gets_no_event(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    async with served(tmp_path) as (api, runtime):
        running = asyncio.create_task(api.run(invocation := Invocation(b'{"token": "secret"}')))
        address = api.variables["AWS_LAMBDA_RUNTIME_API"]
        status, *_, body = await client_output(address, variables=variables)
        assert status == "403"
        assert "secret" not in body
        assert json.loads(body)["errorType"] == "AccessDenied"
        assert await runtime.next_id() == invocation.request_id
        await runtime.call("POST", f"{RUNTIME}/invocation/{invocation.request_id}/response")
        assert await outcome(invocation) == (b"", None)
        running.cancel()


@linux
async def test_a_process_of_the_environment_gets_the_event(tmp_path: Path) -> None:
    async with served(tmp_path) as (api, _):
        running = asyncio.create_task(api.run(invocation := Invocation(b"{}")))
        variables = dict(api.variables)
        address = variables["AWS_LAMBDA_RUNTIME_API"]
        assert await client_output(address, variables=variables) == [
            "200",
            invocation.request_id,
            "{}\n",
        ]
        running.cancel()


@linux
@pytest.mark.skipif(os.getuid() != 0, reason="only root starts processes of other users")
async def test_a_process_of_another_user_gets_no_event(tmp_path: Path) -> None:
    async with served(tmp_path) as (api, _):
        running = asyncio.create_task(api.run(Invocation(b"{}")))
        variables = dict(api.variables)
        address = variables["AWS_LAMBDA_RUNTIME_API"]
        status, *_ = await client_output(address, variables=variables, user=65534)
        assert status == "403"
        running.cancel()
