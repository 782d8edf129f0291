"""The part of a URL before an app's own paths: the stage, or a custom domain's base path.

The native runtime knows it from the event. Behind the Lambda Web Adapter these middlewares do:
https://asgi.readthedocs.io/en/latest/specs/www.html#http-connection-scope (`root_path`) and
https://peps.python.org/pep-3333/#environ-variables (`SCRIPT_NAME`).
"""

from __future__ import annotations

import os
from urllib.parse import quote, unquote

from streaming_construct.runtime.web.caller import read_request_context
from streaming_construct.runtime.web.request_headers import REQUEST_CONTEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, MutableMapping
    from typing import Any

_HEADER = REQUEST_CONTEXT.encode()
_ENVIRON = f"HTTP_{REQUEST_CONTEXT.upper().replace('-', '_')}"
# The adapter removes this base path from each path.
_REMOVED = "AWS_LWA_REMOVE_BASE_PATH"


class RootPathMiddleware:
    """An ASGI middleware: sets `root_path` behind the Lambda Web Adapter.

    `/prod/docs`, redirects and `url_for` then contain the stage. `PythonWebFunction(app=...)`
    applies it. An app that sets its root path itself keeps it.
    """

    def __init__(self, app: Callable[..., Any]) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Call the app with the root path in its scope."""
        if scope["type"] in ("http", "websocket") and not scope.get("root_path"):
            header = dict(scope["headers"]).get(_HEADER, b"").decode("latin-1")
            if root := find_root_path(header, scope["path"]):
                raw_path = scope.get("raw_path") or quote(scope["path"]).encode()
                scope = {
                    **scope,
                    "root_path": root,
                    "path": root + scope["path"],
                    "raw_path": quote(root).encode() + raw_path,
                }
        await self._app(scope, receive, send)


class WsgiRootPathMiddleware:
    """A WSGI middleware: sets `SCRIPT_NAME` behind the Lambda Web Adapter.

    `PythonWebFunction(app=...)` applies it.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Call the app with the root path in its environ."""
        if not environ.get("SCRIPT_NAME"):
            path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
            root = find_root_path(environ.get(_ENVIRON, ""), path)
            environ = {**environ, "SCRIPT_NAME": root.encode().decode("latin-1")}
        return self._app(environ, start_response)


def find_root_path(header: str, path: str) -> str:
    """Return the part of the URL's path before the app's path; empty if there is none.

    Args:
        header: The adapter's header with the `requestContext`, whose `path` is that of the URL.
        path: The path that the app gets, decoded.
    """
    context = read_request_context(header)
    url_path = unquote(str(context.get("path") or ""))
    base_path = f"/{os.environ.get(_REMOVED, '').strip('/')}".rstrip("/")
    for root in (f"/{context.get('stage')}", base_path):
        if root and (url_path == root + path or (path == "/" and url_path == root)):
            return root
    return ""
