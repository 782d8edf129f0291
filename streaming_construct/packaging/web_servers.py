"""Web servers: which one a folder's requirements name, and how it is told to stream.

A server must keep an idle connection open for longer than the adapter does (4 seconds), or the
adapter sends into a connection that closes; so each is given a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from streaming_construct.aws.web_adapter import (
    DEFAULT_PORT,
    FALLBACK_PORT_VARIABLE,
    PORT_VARIABLE,
)

if TYPE_CHECKING:
    from collections.abc import Collection

# Shell text: the adapter's own variable first, then the one it falls back to, then its default.
PORT: Final = f'"${{{PORT_VARIABLE}:-${{{FALLBACK_PORT_VARIABLE}:-{DEFAULT_PORT}}}}}"'
_LISTEN: Final = f"127.0.0.1:{PORT}"


@dataclass(frozen=True, kw_only=True)
class WebServer:
    """A web server: its distribution and module name, what it serves, its options as shell text."""

    name: str
    serves: str
    options: str

    def command(self, app: str) -> str:
        """Return the shell command that serves `app` (`module:attribute`)."""
        return f"python -m {self.name} {self.options} {app}"


# In order of preference, for a folder that asks for several.
SERVERS: Final = (
    WebServer(
        name="uvicorn",
        serves="ASGI",
        options=f"--host 127.0.0.1 --port {PORT} --no-access-log --timeout-keep-alive 60",
    ),
    WebServer(name="hypercorn", serves="ASGI", options=f"--bind {_LISTEN} --keep-alive 60"),
    WebServer(
        name="gunicorn",
        serves="WSGI",
        # Its default worker is killed when it streams for more than 30 seconds, and its watchdog
        # counts the time a function is frozen.
        options=f"--bind {_LISTEN} --worker-class gthread --threads 8 --timeout 0 --keep-alive 60",
    ),
    WebServer(name="waitress", serves="WSGI", options=f"--listen={_LISTEN}"),
)
SUPPORTED_SERVERS: Final = ", ".join(f"{server.name} ({server.serves})" for server in SERVERS)


def choose_server(names: Collection[str]) -> WebServer | None:
    """Return the best server among the required distributions, by normalised name."""
    return next((server for server in SERVERS if server.name in names), None)
