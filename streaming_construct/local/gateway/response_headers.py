"""Headers of a function's response: validation, and the changes that API Gateway makes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from streaming_construct.local.http.headers import HEADER_NAME, get_header, is_header_value

HeaderPairs = tuple[tuple[str, str], ...]

_LENGTH: Final = re.compile(r"[0-9]{1,15}")

# The treatment of a Lambda integration's headers:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
_DROPPED: Final = frozenset(
    {
        "expect",
        "host",
        "proxy-authenticate",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
        # Not on that page, but of a connection that the client knows nothing of.
        "keep-alive",
        "proxy-connection",
    }
)
_REMAPPED: Final = frozenset(
    {
        "authorization",
        "connection",
        "content-md5",
        "date",
        "max-forwards",
        "server",
        "user-agent",
        "www-authenticate",
    }
)


def parse_headers(value: object) -> HeaderPairs:
    """Read `headers`: one string (or boolean) a name.

    Raises:
        ValueError: It is anything else. A list is rejected too, although the Web Adapter sends one
            for a repeated header: API Gateway takes several values only from `multiValueHeaders`.
    """
    if value is None:
        return ()
    if isinstance(value, dict) and _is_valid(value):
        return tuple(value.items())
    return tuple(
        (name, _read_value("headers", name, text)) for name, text in _list_headers("headers", value)
    )


def _is_valid(headers: dict[str, object]) -> bool:
    """Return whether all values are strings, and all names and values can be sent.

    Two matches for all headers cost less than two for each of them.
    """
    texts = [value for value in headers.values() if isinstance(value, str)]
    is_valid = (
        len(texts) == len(headers)
        and "" not in headers
        and HEADER_NAME.fullmatch("".join(headers))
        and is_header_value("".join(texts))
    )
    return bool(is_valid)


def parse_multi_value_headers(value: object) -> HeaderPairs:
    """Read `multiValueHeaders`: a list of strings a name.

    Raises:
        ValueError: It is anything else.
    """
    if value is None:
        return ()
    pairs: list[tuple[str, str]] = []
    for name, values in _list_headers("multiValueHeaders", value):
        if not isinstance(values, list):
            raise ValueError(f"multiValueHeaders: {name} is not a list but {values!r}")  # noqa: TRY004 - one error type for all malformed responses
        pairs.extend((name, _read_value("multiValueHeaders", name, item)) for item in values)
    return tuple(pairs)


def to_client_headers(pairs: Iterable[tuple[str, str]]) -> HeaderPairs:
    """Remove hop-by-hop headers, and rename those that API Gateway reserves.

    Content-Length is left to `to_streamed_client_headers` and
    `to_buffered_client_headers`.
    """
    return tuple(
        (_remap_name(name) if name.lower() in _REMAPPED else name, value)
        for name, value in pairs
        if name.lower() not in _DROPPED
    )


def to_buffered_client_headers(pairs: Iterable[tuple[str, str]]) -> HeaderPairs:
    """Return the headers of a buffered response; the gateway sets its Content-Length.

    The page above lets Content-Length pass; clients see the renamed header.
    """
    return tuple(
        (_remap_name(name) if name.lower() == "content-length" else name, value)
        for name, value in to_client_headers(pairs)
    )


def to_streamed_client_headers(pairs: Iterable[tuple[str, str]]) -> HeaderPairs:
    """Return the headers of a streamed response.

    It keeps a Content-Length, and is sent in chunks where it has none or asks for chunks.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html

    Raises:
        ValueError: The Content-Length is no number, or there are several.
    """
    others: list[tuple[str, str]] = []
    lengths: set[str] = set()
    is_chunked = False
    for pair in pairs:
        lower = pair[0].lower()
        if lower == "content-length":
            lengths.add(pair[1].strip())
        elif lower == "transfer-encoding":
            is_chunked = True
        elif lower in _REMAPPED:
            others.append((_remap_name(pair[0]), pair[1]))
        elif lower not in _DROPPED:
            others.append(pair)
    if lengths and not is_chunked:
        if len(lengths) > 1 or not _LENGTH.fullmatch(length := lengths.pop()):
            raise ValueError("Content-Length is not one number")
        others.append(("Content-Length", length))
    return tuple(others)


def _remap_name(name: str) -> str:
    return f"x-amzn-Remapped-{name}"


def add_content_type(pairs: HeaderPairs) -> HeaderPairs:
    """Add the type that API Gateway assumes where a function gave none."""
    if get_header(pairs, "content-type") is not None:
        return pairs
    return (*pairs, ("Content-Type", "application/json"))


def _list_headers(field: str, value: object) -> Iterable[tuple[str, object]]:
    if value is None:
        return ()
    if not isinstance(value, Mapping):
        raise ValueError(f"{field} is not an object but {value!r}")  # noqa: TRY004 - one error type for all malformed responses
    for name in value:
        if not HEADER_NAME.fullmatch(name):
            raise ValueError(f"{field}: {name!r} is not the name of a header")
    return value.items()


def _read_value(field: str, name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        hint = "; several values belong in multiValueHeaders" if isinstance(value, list) else ""
        raise ValueError(f"{field}: {name} is not a string but {value!r}{hint}")  # noqa: TRY004 - one error type for all malformed responses
    if not is_header_value(value):
        raise ValueError(f"{field}: {name} has characters that no header can carry: {value!r}")
    return value
