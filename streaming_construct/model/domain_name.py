"""`DomainName` and `BasePathMapping`: a custom domain name of API Gateway in a template."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from streaming_construct.model.api import EndpointType
from streaming_construct.model.source_location import SourceLocation

# The Region of the certificate of an edge-optimized domain name. Source:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains-prerequisites.html
EDGE_CERTIFICATE_REGION: Final = "us-east-1"


@dataclass(frozen=True, kw_only=True)
class DomainName:
    """A custom domain name. A value is None if it is missing or not known.

    Attributes:
        origin: The resource.
        name: The name, such as `api.example.com`.
        endpoint_type: The type of the endpoint that serves it.
        certificate_region: The Region of its certificate.
        required_region: The Region in which its certificate must be.
        required_certificate_property: The property for the certificate of its endpoint type, if
            the certificate is in that of another type.
        has_mutual_tls: Whether it requires client certificates.
        truststore: The URI of the certificates of the authorities that mutual TLS trusts.
        security_policy: The name of its TLS policy.
        access_mode: The endpoint access mode, which some TLS policies require.
    """

    origin: SourceLocation
    name: str | None = None
    endpoint_type: EndpointType | None = None
    certificate_region: str | None = None
    required_region: str | None = None
    required_certificate_property: str | None = None
    has_mutual_tls: bool = False
    truststore: str | None = None
    security_policy: str | None = None
    access_mode: str | None = None


@dataclass(frozen=True, kw_only=True)
class BasePathMapping:
    """The base path below which a custom domain name serves a stage of an API.

    Attributes:
        origin: The resource.
        base_path: The path without slashes around it. Empty for the root.
        allows_levels: Whether the resource type allows a slash in the path.
        domain: The domain name. None if it is not in the template.
        api_endpoint_type: The endpoint type of the REST API. None if the API is not known.
        api_access_mode: The endpoint access mode of the REST API.
        is_http_api: Whether the API is an HTTP API of the template.
    """

    origin: SourceLocation
    base_path: str = ""
    allows_levels: bool = False
    domain: DomainName | None = None
    api_endpoint_type: EndpointType | None = None
    api_access_mode: str | None = None
    is_http_api: bool = False
