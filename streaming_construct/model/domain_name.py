"""`DomainName` and `BasePathMapping`: a custom domain name of API Gateway in a template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from streaming_construct.model.source_location import SourceLocation

EDGE_CERTIFICATE_REGION: Final = "us-east-1"
"""The Region of the certificate of an edge-optimized domain name.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains-prerequisites.html
"""


@dataclass(frozen=True, kw_only=True)
class DomainName:
    """A custom domain name. A value is None if it is missing or not known.

    Attributes:
        origin: The resource.
        name: The name, such as `api.example.com`.
        is_edge_optimized: Whether CloudFront serves it.
        certificate_region: The Region of its certificate.
        required_region: The Region in which its certificate must be.
        has_mutual_tls: Whether it requires client certificates.
    """

    origin: SourceLocation
    name: str | None = None
    is_edge_optimized: bool = False
    certificate_region: str | None = None
    required_region: str | None = None
    has_mutual_tls: bool = False


@dataclass(frozen=True, kw_only=True)
class BasePathMapping:
    """The base path below which a custom domain name serves a stage."""

    origin: SourceLocation
    base_path: str
