"""Parse the Runtime API's responses without I/O: `http.client` costs more to import than to use."""

from __future__ import annotations


class RuntimeApiResponse:
    """One response: status, headers by lower-case name, body, and whether the connection ends."""

    __slots__ = ("body", "closes", "headers", "status")

    def __init__(self, status: int, headers: dict[str, str], body: bytes, *, closes: bool) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.closes = closes


class ResponseParser:
    """Takes bytes as they come and gives the response once it is whole."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> RuntimeApiResponse | None:
        """Return the response that `data` completes, or None.

        Raises:
            ConnectionError: `data` is empty: the connection ended before the response did.
            ValueError: This is not HTTP.
        """
        self._data += data
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            if not data:
                raise ConnectionResetError("the Runtime API closed the connection")
            return None
        first, *lines = self._data[:end].decode("latin-1").split("\r\n")
        status = int(first.split(" ", 2)[1])
        fields = [line.partition(":") for line in lines]
        headers = {name.lower(): value.strip() for name, _, value in fields}
        parsed = self._parse_body(headers, end + 4, at_end=not data)
        if parsed is None:
            if not data:
                raise ConnectionResetError(
                    "the Runtime API closed the connection within a response"
                )
            return None
        body, after = parsed
        del self._data[:after]
        closes = headers.get("connection", "").lower() == "close" or not data
        return RuntimeApiResponse(status, headers, body, closes=closes)

    def _parse_body(
        self, headers: dict[str, str], start: int, *, at_end: bool
    ) -> tuple[bytes, int] | None:
        """Return the body and the place after it, or None while bytes are missing."""
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self._parse_chunked(start)
        if "content-length" in headers:
            stop = start + int(headers["content-length"])
            return (bytes(self._data[start:stop]), stop) if len(self._data) >= stop else None
        return (bytes(self._data[start:]), len(self._data)) if at_end else None

    def _parse_chunked(self, at: int) -> tuple[bytes, int] | None:
        body = bytearray()
        while (line_end := self._data.find(b"\r\n", at)) >= 0:
            size = int(self._data[at:line_end].split(b";")[0], 16)
            start = line_end + 2
            if size == 0:
                # Trailers, if any, and the empty line.
                end = self._data.find(b"\r\n\r\n", line_end)
                return (bytes(body), end + 4) if end >= 0 else None
            if len(self._data) < start + size + 2:
                return None
            body += self._data[start : start + size]
            at = start + size + 2
        return None
