"""Loopback ports for programs that cannot be given a listening socket."""

from __future__ import annotations

import itertools
import secrets
import socket
from contextlib import suppress
from typing import Final

# Below the ephemeral ports: an outgoing connection could take such a port before the process does.
# A client that polls too early could even connect to itself.
_PORTS: Final = range(20_000, 32_000)

# Another start for each process, so that gateways side by side do not try the same ports.
_start = secrets.randbelow(len(_PORTS))
_candidates = itertools.cycle(itertools.chain(_PORTS[_start:], _PORTS[:_start]))


def find_free_port(host: str) -> int:
    """Return a port that nothing listens on, and that was not returned before for a long time.

    Raises:
        OSError: No port is free.
    """
    for port in itertools.islice(_candidates, len(_PORTS)):
        with suppress(OSError), socket.create_server((host, port)):
            return port
    raise OSError(f"no port from {_PORTS.start} to {_PORTS.stop - 1} is free on {host}")
