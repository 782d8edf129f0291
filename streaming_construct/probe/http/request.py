"""`Request`: the request that a probe sends, validated before it is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

# Characters that a request line may contain. `%` keeps encoded characters.
_TARGET_SAFE: Final = "/?:@!$&'()*+,;=%~[]-._"
_SECRET: Final = re.compile(r"token|signature|secret|password|key|credential", re.IGNORECASE)
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LOOPBACK: Final = re.compile(r"(localhost|127\.\d+\.\d+\.\d+|\[::1\])(?=[:/?]|$)", re.IGNORECASE)
# A header value is Latin-1 text on one line.
_HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")


class RequestError(ValueError):
    """A request that cannot be sent. The message names the problem and its fix."""


@dataclass(frozen=True)
class Request:
    """One request, which can be sent repeatedly.

    Args:
        url: An http or https URL.
        method: The HTTP method. Default: GET.
        headers: Headers in addition to those that HTTP requires. Default: none.
        body: The body. Default: none.
        insecure: Skip TLS certificate verification. Default: False.

    Raises:
        RequestError: The URL is not http or https, or the method or a header is malformed.
    """

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    insecure: bool = False

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            is_usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
            (parts.hostname or "").encode("idna")
        except ValueError as error:  # port out of range, half an IPv6 address, empty label
            raise RequestError(f"{self.url!r} is not a valid URL: {error}.") from error
        if not is_usable or re.search(r"[\s\x00-\x1f]", self.url):
            raise RequestError(
                f"{self.url!r} is not a valid URL. Pass one such as https://host/stage/path."
            )
        if not _TOKEN.fullmatch(self.method):
            raise RequestError(
                f"{self.method!r} is not an HTTP method. Pass one such as GET or POST."
            )
        for name, value in self.headers.items():
            if not _TOKEN.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
                raise RequestError(f"{name!r} is not a valid header. Pass 'Name: value'.")

    @property
    def is_secure(self) -> bool:
        """Whether the request uses TLS."""
        return urlsplit(self.url).scheme == "https"

    @property
    def host(self) -> str:
        """The name or address of the host."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The port. Default: the port of the scheme."""
        return urlsplit(self.url).port or (443 if self.is_secure else 80)

    @property
    def target(self) -> str:
        """Path and query as sent, percent-encoded where necessary."""
        parts = urlsplit(self.url)
        query = f"?{parts.query}" if parts.query else ""
        return quote(f"{parts.path or '/'}{query}", safe=_TARGET_SAFE)

    def get_header(self, name: str) -> str | None:
        """Return the value of a header, None without the header."""
        values = (value for key, value in self.headers.items() if key.lower() == name.lower())
        return next(values, None)

    @property
    def shown_url(self) -> str:
        """The URL to print: without user, password, and secrets in the query."""
        return redact_url(self.url)


def add_scheme(url: str) -> str:
    """Return a URL with a scheme: without one, http for a loopback host, else https."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://|https?:", url, re.IGNORECASE):
        return url
    is_loopback = _LOOPBACK.match(url.removeprefix("//"))
    return f"{'http' if is_loopback else 'https'}://{url.removeprefix('//')}"


def redact_url(url: str) -> str:
    """Remove user and password from a URL, and replace secrets in its query by `***`."""
    try:
        parts = urlsplit(url)
    except ValueError:  # half an IPv6 address, from a server
        return "***"
    query = parts.query
    if _SECRET.search(query):
        pairs = parse_qsl(query, keep_blank_values=True)
        query = urlencode([(k, "***" if _SECRET.search(k) else v) for k, v in pairs], safe="*/")
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))


def guess_media_type(body: bytes) -> str:
    """Return the media type of a body without a Content-Type: JSON, text, or bytes."""
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        pass
    else:
        return "application/json"
    try:
        body.decode()
    except ValueError:
        return "application/octet-stream"
    return "text/plain; charset=utf-8"
