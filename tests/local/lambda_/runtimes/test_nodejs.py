"""Node.js handlers on our runtime, in separate processes."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from streaming_construct.local.lambda_.invocation import FunctionNotRunnableError
from streaming_construct.local.lambda_.runtimes.nodejs import find_node
from tests.support.running_functions import (
    event,
    read_all,
    read_with_times,
    running_service,
    source_function,
)

if TYPE_CHECKING:
    from pathlib import Path

    from streaming_construct.model.functions import Function

pytestmark = pytest.mark.anyio

STREAM = """
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const handler = awslambda.streamifyResponse(async (event, stream, context) => {
  stream = awslambda.HttpResponseStream.from(stream, {
    statusCode: 201, headers: { "content-type": "text/plain" },
  });
  for (let number = 0; number < 4; number++) {
    stream.write(String(number));
    await sleep(50);
  }
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
"""


@pytest.fixture(autouse=True)
def _node() -> None:
    try:
        find_node()
    except FunctionNotRunnableError as reason:
        pytest.skip(str(reason))


def node_function(folder: Path, export: str = "handler", **changes: Any) -> Function:
    """Return a function with the handler of this name in an ES module."""
    return source_function(
        folder, {"index.mjs": STREAM}, f"index.{export}", runtime="nodejs22.x", **changes
    )


async def test_a_streaming_handler_streams(tmp_path: Path) -> None:
    """The prelude arrives first, then each write when the handler makes it."""

    async with running_service(node_function(tmp_path)) as service:
        invocation = await service.invoke("fn", event())
        content_type, chunks = invocation.content_type, await read_with_times(invocation)
    prelude, _, text = b"".join(data for _, data in chunks).partition(b"\0" * 8)
    times = [moment for moment, _ in chunks]

    assert content_type == "application/vnd.awslambda.http-integration-response"
    assert json.loads(prelude) == {"statusCode": 201, "headers": {"content-type": "text/plain"}}
    assert text == b"0123"
    assert times[-1] - times[0] > 0.1
    gaps = [later - sooner for sooner, later in itertools.pairwise(times)]
    assert max(gaps) < 0.75 * (times[-1] - times[0])


async def test_a_slow_reader_slows_the_handler(tmp_path: Path) -> None:
    """Most of 32 MiB waits in the function until the reader asks for it. All of it arrives."""
    console: list[str] = []

    async with running_service(node_function(tmp_path, "flood"), console=console) as service:
        invocation = await service.invoke("fn", event())
        await asyncio.sleep(0.6)
        result = sum([len(data) async for data in invocation])

    assert result == 512 * 65536
    assert int(next(line for line in console if "sent" in line).split()[-1]) < 256


async def test_an_environment_is_reused(tmp_path: Path) -> None:
    """Module state outlives an invocation."""
    counting = "let n = 0; exports.handler = async () => ++n;"

    function = source_function(tmp_path, {"i.js": counting}, "i.handler", runtime="nodejs22.x")
    async with running_service(function) as service:
        result = [await read_all(await service.invoke("fn", event())) for _ in range(3)]

    assert result == [b"1", b"2", b"3"]
