"""The WSGI app of the function, with its root path."""

from __future__ import annotations

from streaming_construct.runtime.web.adapted import load_app
from streaming_construct.runtime.web.root_path import WsgiRootPathMiddleware

app = WsgiRootPathMiddleware(load_app())
