"""`ResponseReader`: reads one HTTP/1.x response from the bytes of a connection.

It accepts what arrives and judges nothing, so that duplicate headers and wrong framing show.
https://www.rfc-editor.org/rfc/rfc9112.html#section-6.3
"""

from __future__ import annotations

import re
from typing import Final

from streaming_construct.probe.http.timeline import Arrival, Timeline
from streaming_construct.verify.exchange import Exchange, Framing

_STATUS_LINE: Final = re.compile(rb"HTTP/1\.[01] (\d{3})(?: ([^\r\n]*))?")
_HEAD_END: Final = b"\r\n\r\n"
# Their responses have no body, whatever their headers state.
_BODYLESS_STATUSES: Final = (204, 304)


class ResponseReader:
    """Reads the response to a request with `method` for `path`; times are seconds after it."""

    def __init__(self, method: str = "GET", path: str = "/") -> None:
        self._method = method
        self._path = path
        self._buffer = b""
        self._head = b""
        self._head_at: float | None = None
        self._status: int | None = None
        self._reason = ""
        self._headers: tuple[tuple[str, str], ...] = ()
        self._interim: list[int] = []
        self._framing = Framing.NONE
        self._remaining: int | None = None
        self._arrivals: list[Arrival] = []
        self._is_last_chunk = False
        self._error = ""
        self.is_complete = False

    def feed(self, data: bytes, at: float) -> None:
        """Read the bytes that arrived at a time. Bytes after the response are ignored."""
        self._buffer += data
        if self._status is None and not self._read_head(at):
            return
        if self.is_complete or self._error:
            return
        if self._framing is Framing.CHUNKED:
            self._read_chunks(at)
        elif self._framing is Framing.LENGTH:
            self._read_length(at)
        else:
            self._add(self._take(len(self._buffer)), at)

    def end(self, at: float, error: str = "") -> Exchange:
        """Return the exchange; the connection ended at a time, or the client closed it.

        Args:
            at: The time of the end.
            error: Why the client stopped reading. Default: the server closed the connection.
        """
        if self._framing is Framing.CLOSE and self._status is not None and not error:
            self.is_complete = True
        if not self.is_complete and not self._error:
            self._error = error or "the connection closed before the end of the response"
        return Exchange(
            path=self._path,
            head=self._head,
            status=self._status,
            reason=self._reason,
            headers=self._headers,
            interim_statuses=tuple(self._interim),
            framing=self._framing,
            timeline=Timeline(tuple(self._arrivals), at, self._head_at),
            is_complete=self.is_complete,
            error="" if self.is_complete else self._error,
        )

    def _read_head(self, at: float) -> bool:
        """Read heads up to the final one; return whether it has arrived."""
        while not self._error and _HEAD_END in self._buffer:
            head, _, self._buffer = self._buffer.partition(_HEAD_END)
            match = _STATUS_LINE.match(head)
            if match is None:
                self._error = f"the response starts with {head[:40]!r}"
                return False
            status = int(match[1])
            if 100 <= status < 200 and status != 101:
                self._interim.append(status)
                continue
            self._head, self._head_at, self._status = head, at, status
            self._reason = (match[2] or b"").decode("latin-1")
            self._headers = tuple(map(_parse_header, head.split(b"\r\n")[1:]))
            self._start_body()
            return True
        return False

    def _start_body(self) -> None:
        headers = {name.lower(): value for name, value in self._headers}
        length = headers.get("content-length", "")
        if "chunked" in headers.get("transfer-encoding", "").lower():
            self._framing = Framing.CHUNKED
        elif length.isdecimal():
            self._framing, self._remaining = Framing.LENGTH, int(length)
        elif self._is_bodyless:
            self._framing = Framing.NONE
        else:
            self._framing = Framing.CLOSE
        self.is_complete = self._is_bodyless or self._remaining == 0

    @property
    def _is_bodyless(self) -> bool:
        return self._method == "HEAD" or self._status in _BODYLESS_STATUSES

    def _read_length(self, at: float) -> None:
        remaining = self._remaining or 0
        data = self._take(remaining)
        self._add(data, at)
        self._remaining = remaining - len(data)
        self.is_complete = self._remaining == 0

    def _read_chunks(self, at: float) -> None:
        """Read the chunks of the buffer. The data of an unfinished chunk counts as arrived."""
        while self._buffer and not self.is_complete and not self._error:
            if self._is_last_chunk:
                self.is_complete = self._buffer.startswith(b"\r\n") or _HEAD_END in self._buffer
                return
            if self._remaining is None:
                line, separator, rest = self._buffer.partition(b"\r\n")
                if not separator:
                    return
                self._buffer = rest
                self._start_chunk(line)
            elif self._remaining > 0:
                data = self._take(self._remaining)
                self._add(data, at)
                self._remaining -= len(data)
            elif len(self._buffer) >= 2:
                self._take(2)
                self._remaining = None
            else:
                return

    def _start_chunk(self, line: bytes) -> None:
        size = line.partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9a-fA-F]+", size):
            self._error = f"a chunk starts with {line[:40]!r}"
            return
        self._remaining = int(size, 16)
        self._is_last_chunk = self._remaining == 0

    def _take(self, size: int) -> bytes:
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def _add(self, data: bytes, at: float) -> None:
        if data:
            self._arrivals.append(Arrival(at, data))


def _parse_header(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode("latin-1").partition(":")
    return name.strip(), value.strip()
