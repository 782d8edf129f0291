"""A handler without a framework: `def handler(event, context)` that yields, or returns."""

from __future__ import annotations

from streaming_construct.runtime.connection import run
from streaming_construct.runtime.errors import LambdaError
from streaming_construct.runtime.http_response import HttpResponse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from typing import Any

    from streaming_construct.runtime.lambda_context import LambdaContext
    from streaming_construct.runtime.response import Handle, ResponseWriter
    from streaming_construct.runtime.response_stream import ResponseStream

    Start = Callable[[Any], tuple[Any, ResponseStream]]

_END = object()
_HTTP_KEYS = ("statusCode", "headers", "multiValueHeaders", "cookies", "body", "isBase64Encoded")


def make_handler(handler: Callable[[Any, LambdaContext], Any], *, on_loop: bool) -> Handle:
    """Return the function that `serve` calls; `on_loop` is true if asyncio runs it."""

    async def handle(event: Any, context: LambdaContext, writer: ResponseWriter) -> None:
        send = _send_async if on_loop else _send_blocking
        context.send_items = lambda items: send(items, event, writer)
        result = handler(event, context)
        if on_loop and hasattr(result, "__await__"):
            result = await result
        if writer.stream is not None:
            return  # `stream_in_call` has sent it
        if on_loop and hasattr(result, "__aiter__"):
            await _stream_async(result.__aiter__(), _create_start(event, writer), writer)
        elif on_loop and hasattr(result, "__next__"):
            await _stream_async(_iterate_in_thread(result), _create_start(event, writer), writer)
        elif hasattr(result, "__next__"):
            await _stream(result, _create_start(event, writer), writer)
        elif hasattr(result, "__await__") or hasattr(result, "__aiter__"):
            raise TypeError(
                f"the handler returned {result!r}. Declare the handler with `async def`."
            )
        else:
            await _send(result, event, writer)

    return handle


def _send_blocking(items: Iterator[Any], event: Any, writer: ResponseWriter) -> None:
    run(_stream(items, _create_start(event, writer), writer))


async def _send_async(items: AsyncIterator[Any], event: Any, writer: ResponseWriter) -> None:
    await _stream_async(items, _create_start(event, writer), writer)


async def _stream(items: Iterator[Any], start: Start, writer: ResponseWriter) -> None:
    try:
        first, stream = start(next(items, b""))
        write = writer.write
        if first:
            write(_encode_item(first))
        else:
            stream.begin_body()
        for item in items:
            write(item if type(item) is bytes else _encode_item(item))
            if stream.unsent:
                await stream.drain()
        writer.end()
    finally:
        # Not every iterator has it; a generator cleans up in it when the response broke.
        getattr(items, "close", _do_nothing)()


async def _stream_async(items: AsyncIterator[Any], start: Start, writer: ResponseWriter) -> None:
    try:
        first, stream = start(await _peek_first(items))
        write = writer.write
        if first:
            write(_encode_item(first))
        else:
            stream.begin_body()
        async for item in items:
            write(item if type(item) is bytes else _encode_item(item))
            if stream.unsent:
                await stream.drain()
        writer.end()
    finally:
        if hasattr(items, "aclose"):
            await items.aclose()


async def _peek_first(items: AsyncIterator[Any]) -> object:
    async for item in items:
        return item
    return b""


async def _iterate_in_thread(items: Iterator[Any]) -> AsyncIterator[Any]:
    """Iterate in a thread, so that blocking code leaves the event loop free."""
    from asyncio import get_running_loop

    loop = get_running_loop()
    while (item := await loop.run_in_executor(None, next, items, _END)) is not _END:
        yield item


def _create_start(event: Any, writer: ResponseWriter) -> Start:
    """Return a function that starts the response and returns the first chunk of its body."""

    def start(first: Any) -> tuple[Any, ResponseStream]:
        if _is_metadata(first):
            first = _read_metadata(first)
        if isinstance(first, HttpResponse):
            return b"", _send_headers(first, event, writer)
        if not _is_http(event):
            return first, writer.start_without_prelude()
        text = "text/plain; charset=utf-8"
        content_type = text if isinstance(first, str) else "application/octet-stream"
        # An item that is no chunk must fail before the head is sent.
        body = _encode_item(first)
        return body, _send_headers(
            HttpResponse(headers={"content-type": content_type}), event, writer
        )

    return start


def _is_metadata(item: Any) -> bool:
    """Return whether a first item is the head of the response, as Node.js functions give it."""
    return isinstance(item, dict) and ("statusCode" in item or "headers" in item)


def _read_metadata(item: dict[str, Any]) -> HttpResponse:
    """Read what `awslambda.HttpResponseStream.from` takes: statusCode, headers and cookies.

    https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html
    """
    if "body" in item:
        raise LambdaError(
            "Runtime.MarshalError",
            "the handler yielded a mapping with a body. Yield the body next, or return both.",
        )
    try:
        return _read_proxy_response({"statusCode": 200, **item})[0]
    except (AttributeError, TypeError, ValueError) as error:
        raise LambdaError(
            "Runtime.MarshalError", f"the handler yielded no metadata: {error}"
        ) from error


async def _send(result: Any, event: Any, writer: ResponseWriter) -> None:
    """Send what the handler returned, as API Gateway and function URLs read it."""
    if not _is_http(event) and not isinstance(result, HttpResponse):
        is_bytes = isinstance(result, bytes)
        payload = result if is_bytes else _encode_json(result)
        await writer.send_buffered(
            payload, "application/octet-stream" if is_bytes else "application/json"
        )
        return
    response, body = _read_result(result)
    _send_headers(response, event, writer)
    writer.end(body)


def _read_result(result: Any) -> tuple[HttpResponse, bytes]:
    if isinstance(result, HttpResponse):
        return result, b""
    if isinstance(result, bytes):
        return HttpResponse(headers={"content-type": "application/octet-stream"}), result
    if isinstance(result, dict) and "statusCode" in result:
        try:
            return _read_proxy_response(result)
        except (AttributeError, TypeError, ValueError) as error:
            raise LambdaError(
                "Runtime.MarshalError", f"the handler returned no proxy response: {error}"
            ) from error
    body = result.encode() if isinstance(result, str) else _encode_json(result)
    return HttpResponse(headers={"content-type": "application/json"}), body


def _read_proxy_response(result: dict[str, Any]) -> tuple[HttpResponse, bytes]:
    """Read the dict that a Lambda proxy integration expects.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
    """
    multiple = result.get("multiValueHeaders") or {}
    repeated = {name.lower() for name in multiple}
    single = {n: v for n, v in (result.get("headers") or {}).items() if n.lower() not in repeated}
    body = result.get("body") or ""
    unknown = [key for key in result if key not in _HTTP_KEYS]
    if unknown or not isinstance(body, (str, bytes)):
        problem = (
            f"unknown keys {unknown}" if unknown else f"a body that is a {type(body).__name__}"
        )
        raise LambdaError(
            "Runtime.MarshalError",
            f"the handler returned {problem}. Give {', '.join(_HTTP_KEYS)}; a body is a string.",
        )
    response = HttpResponse(
        result["statusCode"], {**single, **multiple}, result.get("cookies") or ()
    )
    if result.get("isBase64Encoded"):
        from binascii import a2b_base64

        return response, a2b_base64(body)
    return response, body.encode() if isinstance(body, str) else body


def _send_headers(response: HttpResponse, event: Any, writer: ResponseWriter) -> ResponseStream:
    fields = event if isinstance(event, dict) else {}
    context = fields.get("requestContext") or {}
    method = fields.get("httpMethod") or (context.get("http") or {}).get("method") or "GET"
    return writer.start(response, method=method, multi_value=fields.get("version") != "2.0")


def _is_http(event: Any) -> bool:
    if not isinstance(event, dict):
        return False
    return "httpMethod" in event or "http" in (event.get("requestContext") or {})


def _encode_item(item: object) -> bytes:
    if isinstance(item, str):
        return item.encode()
    if isinstance(item, (bytes, bytearray, memoryview)):
        return bytes(item)
    hint = " after the first item" if isinstance(item, HttpResponse) else ""
    raise TypeError(f"the handler yielded {item!r}{hint}. Yield str or bytes.")


def _encode_json(value: object) -> bytes:
    from streaming_construct.runtime import json_encoder

    try:
        return json_encoder.encode(value, ascii_only=False).encode()
    except (RecursionError, TypeError, ValueError) as error:
        raise LambdaError("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


def _do_nothing() -> None:
    """Close what needs no closing."""
