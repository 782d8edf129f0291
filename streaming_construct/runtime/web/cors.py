"""Cross-origin response headers, from the variables that `StreamingRestApi(cors=...)` sets.

With a proxy integration, the function sends these headers itself; API Gateway adds none.
https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-cors.html
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, MutableMapping
    from typing import Any

_PREFLIGHT_METHOD = "access-control-request-method"


def create_cors_headers(
    request_headers: Mapping[str, str], environment: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return the headers with which the page that sent a request can read the response.

    Args:
        request_headers: The headers of the request, as `event["headers"]`, names in any case.
        environment: The variables. Default: those of the process. Without `CORS_ALLOW_ORIGINS`
            there are no headers.
    """
    origins = _list_items(environment, "CORS_ALLOW_ORIGINS")
    if not origins:
        return {}
    origin = next(
        (value for name, value in request_headers.items() if name.lower() == "origin"), None
    )
    has_credentials = environment.get("CORS_ALLOW_CREDENTIALS") == "true"
    any_origin = "*" in origins
    headers = {} if any_origin else {"Vary": "Origin"}
    if origin is None or not {"*", origin} & set(origins):
        return headers
    headers["Access-Control-Allow-Origin"] = "*" if any_origin else origin
    if has_credentials:
        headers["Access-Control-Allow-Credentials"] = "true"
    if exposed := _list_items(environment, "CORS_EXPOSE_HEADERS"):
        headers["Access-Control-Expose-Headers"] = ", ".join(exposed)
    return headers


def create_preflight_headers(
    request_headers: Mapping[str, str], environment: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return the headers of a preflight's response; arguments as for `create_cors_headers`."""
    headers = create_cors_headers(request_headers, environment)
    headers.pop("Access-Control-Expose-Headers", None)
    if "Access-Control-Allow-Origin" in headers:
        for name, variable in (
            ("Access-Control-Allow-Methods", "CORS_ALLOW_METHODS"),
            ("Access-Control-Allow-Headers", "CORS_ALLOW_HEADERS"),
            ("Access-Control-Max-Age", "CORS_MAX_AGE"),
        ):
            if items := _list_items(environment, variable):
                headers[name] = ", ".join(items)
    return headers


class CorsMiddleware:
    """An ASGI middleware: adds the cross-origin headers, and responds to preflights.

    It leaves a response that has `Access-Control-Allow-Origin`. Without the variables it adds
    nothing.

    Args:
        app: The ASGI app.
        environment: The variables. Default: those of the process.
    """

    def __init__(
        self, app: Callable[..., Any], environment: Mapping[str, str] = os.environ
    ) -> None:
        self._app = app
        self._environment = environment

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Serve a request."""
        if scope["type"] != "http" or not _list_items(self._environment, "CORS_ALLOW_ORIGINS"):
            await self._app(scope, receive, send)
            return
        request = {bytes(name).lower(): value for name, value in scope["headers"]}
        origin = {"origin": bytes(request.get(b"origin", b"")).decode("latin-1")}
        if scope["method"] == "OPTIONS" and _PREFLIGHT_METHOD.encode() in request:
            headers = _encode_headers(create_preflight_headers(origin, self._environment))
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = [(bytes(name), bytes(value)) for name, value in message["headers"]]
                if not any(name.lower() == b"access-control-allow-origin" for name, _ in headers):
                    headers += _encode_headers(create_cors_headers(origin, self._environment))
                message = {**message, "headers": headers}
            await send(message)

        await self._app(scope, receive, send_with_headers)


class WsgiCorsMiddleware:
    """A WSGI middleware: as `CorsMiddleware`.

    Args:
        app: The WSGI app.
        environment: The variables. Default: those of the process.
    """

    def __init__(
        self, app: Callable[..., Iterable[bytes]], environment: Mapping[str, str] = os.environ
    ) -> None:
        self._app = app
        self._environment = environment

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Serve a request."""
        if not _list_items(self._environment, "CORS_ALLOW_ORIGINS"):
            return self._app(environ, start_response)
        origin = {"origin": environ.get("HTTP_ORIGIN", "")}
        is_options = environ["REQUEST_METHOD"] == "OPTIONS"
        if is_options and f"HTTP_{_PREFLIGHT_METHOD.upper().replace('-', '_')}" in environ:
            start_response(
                "204 No Content", [*create_preflight_headers(origin, self._environment).items()]
            )
            return []

        def start_with_headers(
            status: str, headers: list[tuple[str, str]], *exc_info: Any
        ) -> Callable[[bytes], Any]:
            if not any(name.lower() == "access-control-allow-origin" for name, _ in headers):
                headers = [*headers, *create_cors_headers(origin, self._environment).items()]
            write: Callable[[bytes], Any] = start_response(status, headers, *exc_info)
            return write

        return self._app(environ, start_with_headers)


def _list_items(environment: Mapping[str, str], name: str) -> list[str]:
    return [item.strip() for item in environment.get(name, "").split(",") if item.strip()]


def _encode_headers(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [
        (name.lower().encode("latin-1"), text.encode("latin-1")) for name, text in headers.items()
    ]
