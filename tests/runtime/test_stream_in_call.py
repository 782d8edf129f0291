"""`stream_in_call`: a decorator acts at the end of the stream in place of the handler's return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from streaming_construct.runtime import stream_in_call
from tests.runtime.events import rest_event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tests.runtime.conftest import Function

# What Powertools' log_metrics does, for an ordinary and for an async handler.
SOURCE = """
import functools
from streaming_construct.runtime import HttpResponse, stream_in_call
metrics = []
def flush():
    print("FLUSHED", metrics, flush=True)
    metrics.clear()
def flushed(handler):
    @functools.wraps(handler)
    def wrapped(event, context):
        try:
            return handler(event, context)
        finally:
            flush()
    return wrapped
def flushed_async(handler):
    @functools.wraps(handler)
    async def wrapped(event, context):
        try:
            return await handler(event, context)
        finally:
            flush()
    return wrapped
@DECORATOR
@stream_in_call
KIND handler(event, context):
    yield HttpResponse(201)
    metrics.append(event["path"])
    yield "one"
    if event["path"] == "/fails":
        raise ValueError("no")
    yield "two" * 100_000
"""


@pytest.mark.parametrize(
    ("kind", "decorator"), [("def", "flushed"), ("async def", "flushed_async")]
)
def test_metrics_are_flushed_with_their_own_invocation(
    function: Function, kind: str, decorator: str
) -> None:
    """A stream that fails flushes them, too. The response streams as without decorators."""
    function.start(SOURCE.replace("KIND", kind).replace("DECORATOR", decorator))

    for path in ("/a", "/b"):
        recorded = function.call(rest_event(path=path))
        assert recorded.prelude["statusCode"] == 201
        assert recorded.payload == b"one" + b"two" * 100_000
        function.wait_for_log(f"FLUSHED ['{path}']")
    failed = function.call(rest_event(path="/fails"))
    assert failed.trailer_error["errorType"] == "ValueError"
    function.wait_for_log("FLUSHED ['/fails']")
    assert function.call(rest_event(path="/c")).is_complete


def test_without_the_runtime_the_generator_is_returned() -> None:
    """A unit test of the handler iterates it as before."""

    @stream_in_call
    def handler(_event: Any, _context: Any) -> Iterator[str]:
        """Say a."""
        yield "a"

    assert list(handler({}, None)) == ["a"]
    assert (handler.__name__, handler.__doc__) == ("handler", "Say a.")


def test_without_the_runtime_the_async_generator_is_returned() -> None:
    """The decorated handler returns an awaitable, which the runtime awaits."""

    @stream_in_call
    async def handler(_event: Any, _context: Any) -> AsyncIterator[str]:
        yield "a"

    coroutine = handler({}, None)
    with pytest.raises(StopIteration) as stopped:
        coroutine.send(None)
    assert hasattr(stopped.value.value, "__aiter__")
