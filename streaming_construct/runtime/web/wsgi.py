"""A WSGI app as handler (PEP 3333), on the main thread: there is no event loop to block."""

from __future__ import annotations

import io
import sys

from streaming_construct.runtime.http_response import HttpResponse
from streaming_construct.runtime.web.http_request import HttpRequest
from streaming_construct.runtime.web.request_headers import encode_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from streaming_construct.runtime.lambda_context import LambdaContext
    from streaming_construct.runtime.response import Handle, ResponseWriter


class StartResponse:
    """The status and headers of `start_response`, which the first bytes of the body make final."""

    def __init__(self, request: HttpRequest, writer: ResponseWriter) -> None:
        self._request = request
        self._writer = writer
        self._response: HttpResponse | None = None

    def start_response(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: Any = None,
    ) -> Callable[[bytes], None]:
        """Take the head, or with `exc_info` another in its place while nothing is sent."""
        if exc_info and self._writer.stream:
            raise exc_info[1].with_traceback(exc_info[2])
        if self._response is not None and not exc_info:
            raise AssertionError("start_response was called twice")
        self._response = HttpResponse(int(status.split(" ", 1)[0]), headers)
        return self.write

    def write(self, data: bytes) -> None:
        """Take a chunk of the body."""
        self.send_headers()
        if data:
            self._writer.write(data)

    def send_headers(self) -> None:
        """Start the response with the head, unless that has been done."""
        if self._writer.stream:
            return
        if self._response is None:
            raise AssertionError("the app gave a body before it called start_response")
        request = self._request
        self._writer.start(self._response, method=request.method, multi_value=request.multi_value)


def make_handler(app: Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]) -> Handle:
    """Return what `serve` calls for each invocation of a WSGI app."""

    async def handle(event: Any, context: LambdaContext, writer: ResponseWriter) -> None:
        request = HttpRequest(event, context)
        head = StartResponse(request, writer)
        environ = _create_environ(request)
        environ["aws.event"], environ["aws.context"] = event, context
        body = app(environ, head.start_response)
        try:
            for data in body:
                # PEP 3333: the head waits for the first bytes that are not empty.
                if data:
                    head.write(data)
                    if writer.stream and writer.stream.unsent:
                        await writer.stream.drain()
            head.send_headers()
            writer.end()
        finally:
            if hasattr(body, "close"):
                body.close()

    return handle


def _create_environ(request: HttpRequest) -> dict[str, Any]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": _to_wsgi_text(request.root),
        "PATH_INFO": _to_wsgi_text(request.path[len(request.root) :]),
        "QUERY_STRING": request.query,
        "SERVER_NAME": request.host,
        "SERVER_PORT": str(request.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": request.client,
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, text in request.headers:
        key = name.upper().replace("-", "_")
        value = encode_value(text).decode("latin-1")
        if key == "CONTENT_TYPE":
            environ.setdefault(key, value)
        elif key != "CONTENT_LENGTH":
            key = f"HTTP_{key}"
            separator = "; " if key == "HTTP_COOKIE" else ","
            environ[key] = f"{environ[key]}{separator}{value}" if key in environ else value
    return environ


def _to_wsgi_text(text: str) -> str:
    """Return UTF-8 bytes as latin-1 text, as PEP 3333 requires."""
    return text.encode().decode("latin-1")
