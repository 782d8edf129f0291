"""The request that a probe makes, checked before anything is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

# What may stand in a request line as it is; `%` because what is encoded already stays so.
_TARGET_SAFE = "/?:@!$&'()*+,;=%~[]-._"
_SECRET = re.compile(r"token|signature|secret|password|key|credential", re.IGNORECASE)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class RequestError(ValueError):
    """A request that cannot be made; the message says what was given and what to do."""


@dataclass(frozen=True)
class Request:
    """One request, made as often as asked for.

    Args:
        url: Where to, of scheme http or https.
        method: The HTTP method. Default: GET.
        headers: What is sent beside what HTTP asks for. Default: nothing.
        body: What is sent. Default: nothing.
        insecure: Take any certificate, of whomever. Default: only one that is valid for the host.

    Raises:
        RequestError: It cannot be sent: no http or https URL, a malformed method or header.
    """

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    insecure: bool = False

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
            (parts.hostname or "").encode("idna")
        except ValueError as error:  # a port out of range, half an IPv6 address, an empty label
            raise RequestError(f"{self.url!r} is no URL: {error}") from error
        if not usable or re.search(r"[\s\x00-\x1f]", self.url):
            raise RequestError(f"{self.url!r} is no URL: give one such as https://host/stage/path")
        if not _TOKEN.fullmatch(self.method):
            raise RequestError(f"{self.method!r} is no HTTP method: give one such as POST")
        for name, value in self.headers.items():
            # HTTP's headers are of Latin-1, and of one line.
            if not _TOKEN.fullmatch(name) or not re.fullmatch(r"[\t\x20-\x7e\xa0-\xff]*", value):
                raise RequestError(f"{name!r} is no header that can be sent: give 'Name: value'")

    @property
    def secure(self) -> bool:
        """Whether it goes through TLS."""
        return urlsplit(self.url).scheme == "https"

    @property
    def host(self) -> str:
        """The name or address of the host."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The port, that of the scheme by default."""
        return urlsplit(self.url).port or (443 if self.secure else 80)

    @property
    def target(self) -> str:
        """Path and query as they are sent, percent-encoded where they must be."""
        parts = urlsplit(self.url)
        query = f"?{parts.query}" if parts.query else ""
        return quote(f"{parts.path or '/'}{query}", safe=_TARGET_SAFE)

    @property
    def shown_url(self) -> str:
        """The URL for a screen or a report: without user, password and secrets in the query."""
        parts = urlsplit(self.url)
        query = parts.query
        if _SECRET.search(query):
            pairs = parse_qsl(query, keep_blank_values=True)
            query = urlencode([(k, "***" if _SECRET.search(k) else v) for k, v in pairs], safe="*/")
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))


def media_type_of(body: bytes) -> str:
    """What to call a body whose type nobody named: JSON where it is, else text or bytes."""
    try:
        json.loads(body)
    except ValueError:
        pass
    else:
        return "application/json"
    try:
        body.decode()
    except ValueError:
        return "application/octet-stream"
    return "text/plain; charset=utf-8"
