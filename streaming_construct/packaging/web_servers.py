"""Supported web servers and their options.

The adapter keeps an idle connection for 4 seconds. A server must keep it longer, or the adapter
sends a request into a connection that the server closes. Each server has 60 seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from streaming_construct.aws.web_adapter import (
    DEFAULT_PORT,
    FALLBACK_PORT_VARIABLE,
    PORT_VARIABLE,
)
from streaming_construct.runtime.web import adapted

if TYPE_CHECKING:
    from collections.abc import Collection

# Shell text: the variable of the adapter, its fallback, its default.
PORT: Final = f'"${{{PORT_VARIABLE}:-${{{FALLBACK_PORT_VARIABLE}:-{DEFAULT_PORT}}}}}"'
_LISTEN: Final = f"127.0.0.1:{PORT}"


@dataclass(frozen=True, kw_only=True)
class WebServer:
    """A web server.

    Attributes:
        name: The name of its distribution and module.
        serves: The interface, `ASGI` or `WSGI`.
        options: Its options, as shell text.
        variables: Its environment variables, as shell text.
    """

    name: str
    serves: str
    options: str
    variables: str = ""

    @property
    def command(self) -> str:
        """The shell command that serves the app that `STREAMING_WEB_APP` names."""
        return f"python -m {self.name} {self.options} {adapted.__name__}.{self.serves.lower()}:app"


# In order of preference, for a folder that requires several.
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
        # The default worker is killed after 30 seconds of a stream, and its watchdog counts the
        # time in which the function is frozen.
        options=f"--bind {_LISTEN} --worker-class gthread --threads 8 --timeout 0 --keep-alive 60",
        # Its control socket is there, else in the home folder, which Lambda does not have.
        variables="XDG_RUNTIME_DIR=/tmp",
    ),
    WebServer(name="waitress", serves="WSGI", options=f"--listen={_LISTEN}"),
)
SUPPORTED_SERVERS: Final = ", ".join(f"{server.name} ({server.serves})" for server in SERVERS)


def choose_server(names: Collection[str]) -> WebServer | None:
    """Return the preferred server among the required distributions, by normalized name."""
    return next((server for server in SERVERS if server.name in names), None)
