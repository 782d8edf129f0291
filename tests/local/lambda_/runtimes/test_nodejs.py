"""Node.js handlers, run by our runtime in processes of their own."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from streaming_construct.local.lambda_.invocation import FunctionError, FunctionNotRunnableError
from streaming_construct.local.lambda_.runtimes.nodejs import find_node
from tests.support.running_functions import a_function, event, everything, running, timed

if TYPE_CHECKING:
    from pathlib import Path

    from streaming_construct.model.functions import Function

STREAM = """
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const handler = awslambda.streamifyResponse(async (event, stream, context) => {
  stream = awslambda.HttpResponseStream.from(stream, {
    statusCode: 201, headers: { "content-type": "text/plain" },
  });
  for (let number = 0; number < 4; number++) {
    stream.write(String(number));
    await sleep(50);
    if (event.path === "/throw" && number === 1) throw new RangeError("in mid-stream");
    if (event.path === "/reject" && number === 1) Promise.reject(new Error("unhandled"));
    if (event.path === "/exit" && number === 1) process.exit(7);
  }
  stream.end();
});
export const early = awslambda.streamifyResponse(async () => { throw new TypeError("too early"); });
export const silent = awslambda.streamifyResponse(async (event, stream) => {
  awslambda.HttpResponseStream.from(stream, { statusCode: 204 }).end();
});
export const blank = awslambda.streamifyResponse(async (event, stream) => {
  stream = awslambda.HttpResponseStream.from(stream, { statusCode: 204 });
  stream.write("");
  stream.end();
});
export const flood = awslambda.streamifyResponse(async (event, stream) => {
  const { Readable } = await import("node:stream");
  const { pipeline } = await import("node:stream/promises");
  let sent = 0;
  async function* source() {
    for (; sent < 512; sent++) yield Buffer.alloc(65536, "x");
  }
  setTimeout(() => console.log(`sent ${sent}`), 400);
  await pipeline(Readable.from(source()), stream);
});
export const plain = async (event, context) => ({ path: event.path, name: context.functionName });
export const called = (event, context, callback) => setTimeout(() => callback(null, "back"), 10);
export const failing = (event, context, callback) => callback(new Error("called back"));
"""


@pytest.fixture(autouse=True)
def _node() -> None:
    try:
        find_node()
    except FunctionNotRunnableError as reason:
        pytest.skip(str(reason))


def node(folder: Path, export: str = "handler", **changes: Any) -> Function:
    """The handler of this name in an ES module."""
    return a_function(
        folder, {"index.mjs": STREAM}, f"index.{export}", runtime="nodejs22.x", **changes
    )


async def failure_of(function: Function, path: str = "/") -> tuple[bytes, FunctionError]:
    """What came after the prelude before the error, and the error."""
    arrived = b""
    async with running(function) as service:
        try:
            async for data in await asyncio.wait_for(service.invoke("fn", event(path)), 20):
                arrived += data
        except FunctionError as error:
            return arrived.partition(b"\0" * 8)[2], error
    raise AssertionError("it did not fail")


def test_a_streaming_handler_streams(tmp_path: Path) -> None:
    """Prelude first, then each write as it is made."""

    async def scenario() -> tuple[str, list[tuple[float, bytes]]]:
        async with running(node(tmp_path)) as service:
            invocation = await service.invoke("fn", event())
            return invocation.content_type, await timed(invocation)

    content_type, pieces = asyncio.run(scenario())
    prelude, _, text = b"".join(data for _, data in pieces).partition(b"\0" * 8)
    times = [moment for moment, _ in pieces]

    assert content_type == "application/vnd.awslambda.http-integration-response"
    assert json.loads(prelude) == {"statusCode": 201, "headers": {"content-type": "text/plain"}}
    assert text == b"0123"
    assert times[-1] - times[0] > 0.1
    assert max(later - sooner for sooner, later in itertools.pairwise(times)) < 0.15


def test_an_empty_write_sends_the_prelude(tmp_path: Path) -> None:
    """A response of nothing but metadata needs one write."""

    async def scenario() -> bytes:
        async with running(node(tmp_path, "blank")) as service:
            return await everything(await service.invoke("fn", event()))

    assert asyncio.run(scenario()) == b'{"statusCode":204}' + b"\0" * 8


def test_a_stream_that_ends_unwritten_has_no_prelude(tmp_path: Path) -> None:
    """AWS's client sends the metadata with the first write: what fails when deployed fails here."""

    async def scenario() -> bytes:
        async with running(node(tmp_path, "silent")) as service:
            return await everything(await service.invoke("fn", event()))

    assert asyncio.run(scenario()) == b""


@pytest.mark.parametrize(
    ("export", "result"),
    [("plain", {"path": "/p", "name": "fn"}), ("called", "back")],
)
def test_a_buffered_handler_answers_with_json(tmp_path: Path, export: str, result: object) -> None:
    """By a promise, or by the callback."""

    async def scenario() -> tuple[bool, object]:
        async with running(node(tmp_path, export)) as service:
            invocation = await service.invoke("fn", event("/p"))
            return invocation.streaming, json.loads(await everything(invocation))

    assert asyncio.run(scenario()) == (False, result)


@pytest.mark.parametrize(
    ("files", "handler"),
    [
        ({"deep/er/index.js": "exports.handler = async () => 'here';"}, "deep/er/index.handler"),
        ({"index.cjs": "module.exports = { a: { b: async () => 'here' } };"}, "index.a.b"),
        (
            {
                "index.js": "export const handler = async () => 'here';",
                "package.json": '{"type": "module"}',
            },
            "index.handler",
        ),
        ({"index.mjs": "await 0; export const handler = async () => 'here';"}, "index.handler"),
    ],
)
def test_handlers_are_found_as_lambda_finds_them(
    tmp_path: Path, files: dict[str, str], handler: str
) -> None:
    """In folders, nested exports, CommonJS and ES modules."""

    async def scenario() -> bytes:
        async with running(a_function(tmp_path, files, handler, runtime="nodejs24.x")) as service:
            return await everything(await service.invoke("fn", event()))

    assert asyncio.run(scenario()) == b'"here"'


@pytest.mark.parametrize(
    ("export", "path", "arrived", "error_type", "message"),
    [
        ("early", "/", b"", "TypeError", "too early"),
        ("failing", "/", b"", "Error", "called back"),
        ("handler", "/throw", b"01", "RangeError", "in mid-stream"),
        ("handler", "/reject", b"012", "Runtime.UnhandledPromiseRejection", "unhandled"),
        ("missing", "/", b"", "Runtime.HandlerNotFound", "index.missing is undefined"),
    ],
)
def test_a_handler_that_fails_says_how(
    tmp_path: Path, export: str, path: str, arrived: bytes, error_type: str, message: str
) -> None:
    """Before its response, in it, and before the first event: type and message come through."""
    before, error = asyncio.run(failure_of(node(tmp_path, export), path))

    assert (before, error.error_type) == (arrived, error_type)
    assert message in error.message


def test_a_process_that_exits_in_mid_stream_fails_the_invocation(tmp_path: Path) -> None:
    """The broken connection, or the end of the process, is an error, never an end."""
    before, error = asyncio.run(failure_of(node(tmp_path), "/exit"))

    assert before.startswith(b"0")
    assert error.error_type in ("Runtime.TruncatedResponse", "Runtime.ExitError")


def test_a_slow_reader_holds_the_handler_back(tmp_path: Path) -> None:
    """Of 32 MiB at once, most waits in the function until it is wanted; all of it arrives."""
    console: list[str] = []

    async def scenario() -> int:
        async with running(node(tmp_path, "flood"), console=console) as service:
            invocation = await service.invoke("fn", event())
            await asyncio.sleep(0.6)
            return sum([len(data) async for data in invocation])

    assert asyncio.run(scenario()) == 512 * 65536
    assert int(next(line for line in console if "sent" in line).split()[-1]) < 256


def test_an_environment_is_reused(tmp_path: Path) -> None:
    """Module state outlives an invocation."""
    counting = "let n = 0; exports.handler = async () => ++n;"

    async def scenario() -> list[bytes]:
        function = a_function(tmp_path, {"i.js": counting}, "i.handler", runtime="nodejs22.x")
        async with running(function) as service:
            return [await everything(await service.invoke("fn", event())) for _ in range(3)]

    assert asyncio.run(scenario()) == [b"1", b"2", b"3"]
