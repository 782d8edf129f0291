"""HTTP header fields: lookup, validation and the form on the wire (RFC 9110, section 5)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

# Name and value pairs in the order and the letter case of the wire; values are latin-1 text.
Headers = Sequence[tuple[str, str]]

# The header names and values of HTTP/1.1 (RFC 9110, 5.1 and 5.5).
HEADER_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def header(headers: Headers, name: str) -> str | None:
    """Return the first value of a header, None if it is absent; the case of `name` is ignored."""
    name = name.lower()
    return next((value for key, value in headers if key.lower() == name), None)


def header_lines(headers: Headers) -> bytes:
    """Return the headers as on the wire, without the empty line after them.

    Raises:
        ValueError: A name or value would break out of its line, or is not latin-1.
    """
    names, values = [name for name, _ in headers], [value for _, value in headers]
    # Two matches for all headers cost less than two for each of them.
    if not (all(names) and _matches(HEADER_NAME, names) and _matches(HEADER_VALUE, values)):
        for name, value in headers:
            if not HEADER_NAME.fullmatch(name) or not HEADER_VALUE.fullmatch(value):
                raise ValueError(f"HTTP/1.1 cannot carry the header {name!r}: {value!r}")
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode("latin-1")


def _matches(pattern: re.Pattern[str], texts: Sequence[str]) -> bool:
    """Return whether each text matches a pattern of single characters."""
    return not texts or pattern.fullmatch("".join(texts)) is not None
