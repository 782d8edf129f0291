"""`Request`: a request that a server receives."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final

from streaming_construct.local.http.byte_stream import ByteStream
from streaming_construct.local.http.headers import Headers, get_header

DISCARD_MAX_BYTES: Final = 1024 * 1024
"""After an early response, a body up to this size is read so that the connection stays open."""


@dataclass(eq=False, kw_only=True)
class Request:
    """A request whose head has arrived.

    `target` is as on the wire (`/a%20b?x=1`). `peer` and `peer_port` are the client's address,
    `port` is the local port of the connection. `connection` is the same object for each request of
    a connection. `trailers` are complete once the body has ended. `disconnected` is done when
    the client has disconnected.
    """

    method: str
    target: str
    http_version: str
    headers: Headers
    body: ByteStream
    is_persistent: bool
    peer: str
    peer_port: int = 0
    port: int = 0
    connection: object = None
    trailers: Headers = ()
    disconnected: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def can_be_read_to_its_end(self) -> bool:
        """Return whether the connection can stay open after a response that begins now."""
        length = int(get_header(self.headers, "content-length") or 0)
        return self.body.ended or not (self.body.on_demand or length > DISCARD_MAX_BYTES)
