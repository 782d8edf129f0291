"""HTTP header fields: lookup, validation and the form on the wire (RFC 9110, section 5)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

# Name and value pairs in the order and the letter case of the wire; values are latin-1 text.
Headers = Sequence[tuple[str, str]]

# The header names and values of HTTP/1.1 (RFC 9110, 5.1 and 5.5).
HEADER_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def get_header(headers: Headers, name: str) -> str | None:
    """Return the first value of a header, None if it is absent; the case of `name` is ignored."""
    name = name.lower()
    for key, value in headers:
        if key.lower() == name:
            return value
    return None


def is_header_value(text: str) -> bool:
    """Return whether HTTP/1.1 can carry a text as the value of a header."""
    # A regular expression takes ten times as long for a text of printable ASCII.
    return (text.isascii() and text.isprintable()) or _HEADER_VALUE.fullmatch(text) is not None


def encode_header_lines(headers: Headers) -> bytes:
    """Return the headers as on the wire, without the empty line after them.

    Raises:
        ValueError: A name or value would break out of its line, or is not latin-1.
    """
    if not headers:
        return b""
    names, values = zip(*headers, strict=True)
    # Two matches for all headers cost less than two for each of them.
    is_valid = (
        "" not in names
        and HEADER_NAME.fullmatch("".join(names))
        and is_header_value("".join(values))
    )
    if not is_valid:
        for name, value in headers:
            if not HEADER_NAME.fullmatch(name) or not is_header_value(value):
                raise ValueError(f"HTTP/1.1 cannot carry the header {name!r}: {value!r}")
    return "".join([f"{name}: {value}\r\n" for name, value in headers]).encode("latin-1")
