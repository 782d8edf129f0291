"""`GatewayRequest`: one HTTP request with the ids that API Gateway gives it."""

from __future__ import annotations

import re
import time
from binascii import b2a_base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from streaming_construct.local.http.request import Request
from streaming_construct.local.lambda_.request_ids import create_request_id, draw_bits

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


_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


def _create_extended_request_id() -> str:
    return (
        b2a_base64(draw_bits(88).to_bytes(11, "big"), newline=False).translate(_URL_SAFE).decode()
    )


def _create_trace_root() -> str:
    return f"1-{int(time.time()):08x}-{draw_bits(96):024x}"


@dataclass(kw_only=True, eq=False)
class GatewayRequest:
    """A request, without its body. Treat it as immutable; a frozen class takes longer to create.

    `full_path` starts with the stage or the base path, `path` does not; both are percent-encoded
    as sent. `path` is empty if `full_path` is outside the stage. `base_path` is that of a custom
    domain name (`/v1`), empty without one. `query` follows the question mark. `headers` are as
    sent, in order. `received_at` is in seconds since the epoch. `host` is the name in the Host
    header, without its port; the header as it is if it is not valid. `trace_id` is the X-Ray trace
    header for the function: the client's, else a new one.
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
    request_id: str = field(default_factory=create_request_id)
    extended_request_id: str = field(default_factory=_create_extended_request_id)
    trace_root: str = field(default_factory=_create_trace_root)
    host: str = field(init=False)
    trace_id: str = field(init=False)
    _last_values: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        last_values = {name.lower(): value for name, value in self.headers}
        host = last_values.get("host", "")
        parsed = _HOST.fullmatch(host)
        # Each request needs them, and a cached property costs more than these assignments.
        self._last_values = last_values
        self.host = parsed["name"] if parsed else host
        self.trace_id = last_values.get("x-amzn-trace-id") or f"Root={self.trace_root}"

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

    def get_header(self, name: str) -> str | None:
        """Return the last value of a header; the case of `name` is ignored."""
        return self._last_values.get(name.lower())

    @property
    def host_port(self) -> int | None:
        """The port in the Host header, None if it has none."""
        parsed = _HOST.fullmatch(self.get_header("host") or "")
        return int(parsed["port"]) if parsed and parsed["port"] else None

    def build_forwarded_headers(self) -> dict[str, list[str]]:
        """Return the headers for the function; a name has the case of its first occurrence."""
        spelling: dict[str, str] = {}
        forwarded: dict[str, list[str]] = {}
        for name, value in self.headers:
            lower = name.lower()
            is_signature = lower == "authorization" and value.startswith("AWS4-HMAC-SHA256")
            if lower not in _DROPPED and not is_signature:
                forwarded.setdefault(spelling.setdefault(lower, name), []).append(value)
        clients = forwarded.get(spelling.get("x-forwarded-for", ""), ())
        for lower, name, value in (
            ("x-amzn-trace-id", "X-Amzn-Trace-Id", self.trace_id),
            ("x-forwarded-for", "X-Forwarded-For", ", ".join((*clients, self.source_ip))),
            ("x-forwarded-port", "X-Forwarded-Port", str(self.port)),
            ("x-forwarded-proto", "X-Forwarded-Proto", "http"),
        ):
            forwarded[spelling.get(lower, name)] = [value]
        return forwarded

    @property
    def event_path(self) -> str:
        """The path in the function's event, which includes the base path of a custom domain."""
        return f"{self.base_path}/{self.path.lstrip('/')}"

    @property
    def headers_bytes(self) -> int:
        """The size of all headers: names, values, separators and line ends."""
        return sum([len(name) + len(value) + 4 for name, value in self.headers])

    def parse_query_parameters(self) -> Mapping[str, list[str]]:
        """Return the decoded query parameters, every value of each, in order."""
        parameters: dict[str, list[str]] = {}
        if not self.query:
            return parameters
        for name, value in parse_qsl(self.query, keep_blank_values=True):
            parameters.setdefault(name, []).append(value)
        return parameters
