"""Detection of intermediaries (proxies and CDNs) by the headers that they add.

https://www.rfc-editor.org/rfc/rfc9110.html#section-3.7
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from streaming_construct.probe.http.response import Response


@dataclass(frozen=True)
class Intermediary:
    """A proxy or CDN between the function and the client.

    Args:
        name: Its name.
        evidence: The header that shows it.
        may_buffer: Whether it can buffer responses. Default: False.
    """

    name: str
    evidence: str
    may_buffer: bool = False


# Header, pattern of its value, name, whether it can buffer. The first match of a name counts.
# API Gateway renames the Server and Via headers of a function:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
_SIGNATURES: Final[tuple[tuple[str, str, str, bool], ...]] = (
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
    ("via", r"\bgoogle\b", "Google Cloud Load Balancing", True),
    ("server", r"awselb", "Application Load Balancer", False),
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
)
# The same for an intermediary that does not show its name.
_UNNAMED: Final = (
    ("x-cache", r"hit|miss", "a cache", True),
    ("via", r"\S", "a proxy", True),
)


def detect_intermediaries(response: Response) -> tuple[Intermediary, ...]:
    """Return all intermediaries that added a header, an unnamed one only if no other did."""
    intermediaries: dict[str, Intermediary] = {}
    for header, pattern, name, may_buffer in (*_SIGNATURES, *_UNNAMED):
        value = response.get_header(header)
        if value is None or not re.search(pattern, value, re.IGNORECASE):
            continue
        if intermediaries and any(name == unnamed for _, _, unnamed, _ in _UNNAMED):
            continue
        evidence = f"{header}: {value}"
        intermediaries.setdefault(name, Intermediary(name, evidence, may_buffer))
    return tuple(intermediaries.values())


def is_http_api(response: Response) -> bool:
    """Return whether an HTTP API returned the response, by the name of its request id header.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html
    """
    return bool(response.get_header("apigw-requestid")) and not response.get_header(
        "x-amz-apigw-id"
    )


def find_compression(response: Response) -> str | None:
    """Return the Content-Encoding, None if the body is not compressed."""
    encoding = (response.get_header("content-encoding") or "identity").strip().lower()
    return None if encoding == "identity" else encoding
