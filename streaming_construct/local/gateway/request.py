"""`GatewayRequest`: one HTTP request with the ids that API Gateway gives it."""

from __future__ import annotations

import re
import secrets
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from streaming_construct.local.http.server import Request

# API Gateway passes these neither to functions nor to mappings.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
_DROPPED: Final = frozenset(
    {
        "connection",
        "content-length",
        "content-md5",
        "expect",
        "keep-alive",
        "max-forwards",
        "proxy-authenticate",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "www-authenticate",
    }
)


_HOST: Final = re.compile(r"(?P<name>\[[0-9A-Za-z:.%]+\]|[^\[\]:@/\s,]*)(?::(?P<port>[0-9]{0,5}))?")


@dataclass(frozen=True, kw_only=True)
class GatewayRequest:
    """A request, without its body.

    `full_path` starts with the stage or the base path, `path` does not; both are percent-encoded
    as sent. `path` is empty if `full_path` is outside the stage. `base_path` is that of a custom
    domain name (`/v1`), empty without one. `query` follows the question mark. `headers` are as
    sent, in order. `received_at` is in seconds since the epoch.
    """

    method: str
    full_path: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    source_ip: str
    port: int
    protocol: str = "HTTP/1.1"
    base_path: str = ""
    received_at: float = field(default_factory=time.time)
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    extended_request_id: str = field(default_factory=lambda: secrets.token_urlsafe(11) + "=")
    trace_root: str = field(
        default_factory=lambda: f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    )

    @staticmethod
    def read(
        http: Request, *, stage: str, base_path: str | None = None, source_ip: str | None = None
    ) -> GatewayRequest:
        """Return the request as the API sees it.

        Args:
            http: The request as sent.
            stage: The name of the stage, which prefixes all paths.
            base_path: The base path of a custom domain name, which replaces the stage; empty for
                the root.
            source_ip: The client address to report. Default: the actual one.
        """
        target, headers = http.target, tuple(http.headers)
        if not target.startswith("/") and (absolute := urlsplit(target)).netloc:
            # A target with a host (RFC 9112, 3.2.2) overrides the Host header.
            others = (pair for pair in headers if pair[0].lower() != "host")
            headers = (("Host", absolute.netloc), *others)
            target = "/" + target.partition("://")[2].partition("/")[2]
        path, _, query = target.partition("?")
        prefix = f"/{stage if base_path is None else base_path}".rstrip("/")
        is_inside = path == prefix or path.startswith(prefix + "/")
        return GatewayRequest(
            method=http.method,
            full_path=path,
            path=(path[len(prefix) :] or "/") if is_inside else "",
            query=query,
            headers=headers,
            source_ip=source_ip or http.peer,
            port=http.port,
            protocol=f"HTTP/{http.http_version}",
            base_path=f"/{base_path}" if base_path else "",
        )

    def header(self, name: str) -> str | None:
        """Return the last value of a header; the case of `name` is ignored."""
        return self._last_values.get(name.lower())

    @cached_property
    def _last_values(self) -> Mapping[str, str]:
        return {name.lower(): value for name, value in self.headers}

    @cached_property
    def host(self) -> str:
        """The name in the Host header, without its port; the header as it is if it is not valid."""
        host = self.header("host") or ""
        parsed = _HOST.fullmatch(host)
        return parsed["name"] if parsed else host

    @property
    def host_port(self) -> int | None:
        """The port in the Host header, None if it has none."""
        parsed = _HOST.fullmatch(self.header("host") or "")
        return int(parsed["port"]) if parsed and parsed["port"] else None

    @property
    def trace_id(self) -> str:
        """The X-Ray trace header for the function: the client's, else a new one."""
        return self.header("x-amzn-trace-id") or f"Root={self.trace_root}"

    def forwarded_headers(self) -> dict[str, list[str]]:
        """Return the headers for the function; a name has the case of its first occurrence."""
        spelling: dict[str, str] = {}
        forwarded: dict[str, list[str]] = {}
        for name, value in self.headers:
            if name.lower() not in _DROPPED and not _is_signature(name, value):
                name = spelling.setdefault(name.lower(), name)  # noqa: PLW2901 - the first spelling
                forwarded.setdefault(name, []).append(value)
        client = ", ".join(
            [*forwarded.get(spelling.get("x-forwarded-for", ""), []), self.source_ip]
        )
        for name, value in (
            ("X-Amzn-Trace-Id", self.trace_id),
            ("X-Forwarded-For", client),
            ("X-Forwarded-Port", str(self.port)),
            ("X-Forwarded-Proto", "http"),
        ):
            forwarded[spelling.get(name.lower(), name)] = [value]
        return forwarded

    @property
    def event_path(self) -> str:
        """The path in the function's event, which includes the base path of a custom domain."""
        return f"{self.base_path}/{self.path.lstrip('/')}"

    @property
    def headers_bytes(self) -> int:
        """The size of all headers: names, values, separators and line ends."""
        return sum(len(name) + len(value) + 4 for name, value in self.headers)

    def query_parameters(self) -> Mapping[str, list[str]]:
        """Return the decoded query parameters, every value of each, in order."""
        parameters: dict[str, list[str]] = {}
        for name, value in parse_qsl(self.query, keep_blank_values=True):
            parameters.setdefault(name, []).append(value)
        return parameters


def _is_signature(name: str, value: str) -> bool:
    return name.lower() == "authorization" and value.startswith("AWS4-HMAC-SHA256")
