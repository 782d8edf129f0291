"""`Answer`: a whole HTTP response, held in memory."""

from __future__ import annotations

from dataclasses import dataclass

from streaming_construct.local.gateway.response_headers import HeaderPairs


@dataclass(frozen=True)
class Response:
    """Status, headers (without framing) and body."""

    status: int
    headers: HeaderPairs
    body: bytes = b""
