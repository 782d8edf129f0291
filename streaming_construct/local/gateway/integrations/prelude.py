"""The prelude of a streamed response: JSON, eight NUL bytes, then the body.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from streaming_construct.aws.limits import PRELUDE_DELIMITER, PRELUDE_MAX_BYTES
from streaming_construct.local.gateway.response_headers import (
    HeaderPairs,
    add_content_type,
    parse_headers,
    parse_multi_value_headers,
    to_streamed_client_headers,
)

_KEYS: Final = frozenset({"statusCode", "headers", "multiValueHeaders", "cookies"})


class PreludeError(ValueError):
    """A stream does not start with a valid prelude."""


@dataclass(frozen=True)
class Prelude:
    """Status and headers of a function, including its cookies."""

    status: int
    headers: HeaderPairs

    def build_client_headers(self) -> HeaderPairs:
        """Return the headers that the client receives with the stream.

        Raises:
            PreludeError: The Content-Length is not valid.
        """
        try:
            return add_content_type(to_streamed_client_headers(self.headers))
        except ValueError as error:
            raise PreludeError(str(error)) from error


class PreludeParser:
    """Parses a prelude that arrives in chunks."""

    def __init__(self) -> None:
        self._received = b""

    def feed(self, data: bytes) -> tuple[Prelude, bytes] | None:
        """Add a chunk; after the delimiter, return the prelude and the bytes that follow it.

        Raises:
            PreludeError: The prelude is malformed or too long.
        """
        self._received += data
        end = self._received.find(PRELUDE_DELIMITER)
        if 0 <= end <= PRELUDE_MAX_BYTES - len(PRELUDE_DELIMITER):
            rest = self._received[end + len(PRELUDE_DELIMITER) :]
            return parse_prelude(self._received[:end]), rest
        if len(self._received) >= PRELUDE_MAX_BYTES:
            raise PreludeError(
                f"the first {PRELUDE_MAX_BYTES} bytes hold no delimiter of eight NUL bytes"
            )
        return None

    def end(self) -> PreludeError:
        """Return the error for a stream that ended before its delimiter."""
        if not self._received:
            return PreludeError("the function sent nothing")
        return PreludeError(
            "the response ended without the delimiter of eight NUL bytes:"
            f" it starts with {self._received[:60]!r}"
        )


def parse_prelude(data: bytes) -> Prelude:
    """Parse the bytes before the delimiter.

    Raises:
        PreludeError: They are not the JSON object that API Gateway expects.
    """
    try:
        prelude = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise PreludeError(f"the prelude is not JSON: {data[:60]!r}") from error
    if not isinstance(prelude, dict):
        raise PreludeError(f"the prelude is not a JSON object but {data[:60]!r}")
    return read_prelude(prelude)


def read_prelude(prelude: Mapping[str, Any]) -> Prelude:
    """Read the JSON object of a prelude.

    Raises:
        PreludeError: It is not one that API Gateway expects.
    """
    if not prelude.keys() <= _KEYS:
        unknown = sorted(prelude.keys() - _KEYS)
        raise PreludeError(f"the prelude has unknown keys: {', '.join(unknown)}")
    try:
        single = parse_headers(prelude.get("headers"))
        multiple = parse_multi_value_headers(prelude.get("multiValueHeaders"))
        cookies = parse_cookies(prelude.get("cookies"))
    except ValueError as error:
        raise PreludeError(str(error)) from error
    if multiple:
        winning = {name.lower() for name, _ in multiple}
        single = tuple(pair for pair in single if pair[0].lower() not in winning)
    return Prelude(_read_status(prelude), (*single, *multiple, *cookies))


def parse_cookies(value: Any) -> HeaderPairs:
    """Return the `Set-Cookie` headers of `cookies`.

    Raises:
        ValueError: `cookies` is not a list of strings.
    """
    if value is None or value == []:
        return ()
    return parse_multi_value_headers({"Set-Cookie": value})


def _read_status(prelude: Mapping[str, Any]) -> int:
    status = prelude.get("statusCode", 200)
    if isinstance(status, str) and status.isascii() and status.isdigit():
        status = int(status)
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
        raise PreludeError(f"statusCode is not an HTTP status but {status!r}")
    return status
