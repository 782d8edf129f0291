"""`GatewayRequest`: one HTTP request as the gateway sees it, and the ids it is given."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

# Neither functions nor mappings ever see these.
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


@dataclass(frozen=True, kw_only=True)
class GatewayRequest:
    """A request, without its body.

    `full_path` starts with the stage or the base path, `path` does not; both are percent-encoded
    as sent. `base_path` is that of a custom domain name (`/v1`), empty without one. `query` is what
    follows the question mark. `headers` are as sent, in order. `arrived` is in seconds since the
    epoch.
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
    arrived: float = field(default_factory=time.time)
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    extended_request_id: str = field(default_factory=lambda: secrets.token_urlsafe(11) + "=")
    trace_root: str = field(
        default_factory=lambda: f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    )

    def header(self, name: str) -> str | None:
        """Return the last value of a header, whatever the case of its name."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return values[-1] if values else None

    @property
    def host(self) -> str:
        """The name in the Host header, without its port."""
        host = self.header("host") or ""
        return host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]

    @property
    def trace_id(self) -> str:
        """The trace header that goes on to the function: the client's own, else a new one."""
        return self.header("x-amzn-trace-id") or f"Root={self.trace_root}"

    def forwarded_headers(self) -> dict[str, list[str]]:
        """Return the headers that go on to the function, names in the case they first came in."""
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
        """The path that a function is told: a custom domain's base path is part of it."""
        return f"{self.base_path}/{self.path.lstrip('/')}"

    @property
    def headers_bytes(self) -> int:
        """The size of all headers: names, values, line ends and the spaces between."""
        return sum(len(name) + len(value) + 4 for name, value in self.headers)

    def query_parameters(self) -> Mapping[str, list[str]]:
        """Return the decoded query parameters, every value of each, in order."""
        parameters: dict[str, list[str]] = {}
        for name, value in parse_qsl(self.query, keep_blank_values=True):
            parameters.setdefault(name, []).append(value)
        return parameters


def _is_signature(name: str, value: str) -> bool:
    return name.lower() == "authorization" and value.startswith("AWS4-HMAC-SHA256")
