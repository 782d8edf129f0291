"""Who stood on the way of a response, by the headers that each leaves."""

from __future__ import annotations

import re
from dataclasses import dataclass

from streaming_construct.probe.http.response import Response


@dataclass(frozen=True)
class Intermediary:
    """Somebody between the function and here: a name, the header that shows it, whether it holds.

    `holds_back` is whether it is known to gather what it passes on.
    """

    name: str
    evidence: str
    may_buffer: bool = False


# Header, what its value looks like, whose it is, whether it is known to gather. The first sign of
# a name counts. Behind API Gateway a function's own Server and Via never arrive under these names:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
_SIGNS: tuple[tuple[str, str, str, bool], ...] = (
    ("x-amz-cf-id", "", "CloudFront", False),
    ("via", r"cloudfront", "CloudFront", False),
    ("x-cache", r"cloudfront", "CloudFront", False),
    ("cf-ray", "", "Cloudflare", True),
    ("server", r"cloudflare", "Cloudflare", True),
    ("x-fastly-request-id", "", "Fastly", True),
    ("x-served-by", r"^cache-", "Fastly", True),
    ("x-varnish", "", "Varnish", True),
    ("via", r"varnish", "Varnish", True),
    ("x-akamai-request-id", "", "Akamai", True),
    ("server", r"akamai", "Akamai", True),
    ("x-azure-ref", "", "Azure Front Door", True),
    ("via", r"\bgoogle\b", "a load balancer of Google's", True),
    ("server", r"awselb", "an Application Load Balancer", False),
    ("x-envoy-upstream-service-time", "", "Envoy", False),
    ("server", r"envoy", "Envoy", False),
    ("via", r"kong", "Kong", True),
    ("server", r"kong", "Kong", True),
    ("server", r"nginx|openresty", "nginx", True),
    ("via", r"squid", "Squid", True),
    ("x-cache", r"squid", "Squid", True),
    ("server", r"haproxy", "HAProxy", False),
    ("via", r"caddy", "Caddy", False),
    ("server", r"^caddy", "Caddy", False),
    ("x-cache", r"hit|miss", "a cache", True),
    ("via", r"\S", "a proxy", True),
)


def detect_intermediaries(response: Response) -> tuple[Intermediary, ...]:
    """Name everybody on the way who left a header; a nameless one only where nobody else did."""
    found: dict[str, Intermediary] = {}
    for header, pattern, name, holds_back in _SIGNS:
        value = response.header(header)
        if value is None or not re.search(pattern, value, re.IGNORECASE):
            continue
        if name.startswith("a ") and name in ("a cache", "a proxy") and found:
            continue
        found.setdefault(name, Intermediary(name, f"{header}: {value}", holds_back))
    return tuple(found.values())


def is_http_api(response: Response) -> bool:
    """Whether an HTTP API answered, which names its requests unlike a REST API: it cannot stream.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html
    """
    return bool(response.header("apigw-requestid")) and not response.header("x-amz-apigw-id")


def compression(response: Response) -> str | None:
    """The encoding that the body was packed with on its way, None where it was not."""
    encoding = (response.header("content-encoding") or "identity").strip().lower()
    return None if encoding == "identity" else encoding
