"""Reads the custom domain names of a template, and their base path mappings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streaming_construct.model.domain_name import (
    EDGE_CERTIFICATE_REGION,
    BasePathMapping,
    DomainName,
)
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import as_list, as_mapping
from streaming_construct.templates.stacks.origin import origin_of

# Other partitions have no edge-optimized domain names.
_CERTIFICATE_ARN: Final = "arn:aws:acm:"


def read_domain_names(resolver: Resolver) -> Iterator[DomainName]:
    """Yield the domain names of `AWS::ApiGateway::DomainName`."""
    for logical_id, resource in resolver.resources("AWS::ApiGateway::DomainName"):
        properties = resolver.properties(resource)
        types = as_list(as_mapping(properties.get("EndpointConfiguration")).get("Types"))
        is_edge = types == ["EDGE"]
        stack = resolver.stack
        stack_region = stack.region if stack.has_known_region else None
        name = properties.get("DomainName")
        certificate = properties.get("CertificateArn" if is_edge else "RegionalCertificateArn")
        yield DomainName(
            origin=origin_of(stack, logical_id),
            name=name if isinstance(name, str) else None,
            is_edge_optimized=is_edge,
            certificate_region=_certificate_region(certificate),
            required_region=EDGE_CERTIFICATE_REGION if is_edge else stack_region,
            has_mutual_tls=bool(as_mapping(properties.get("MutualTlsAuthentication"))),
        )


def read_base_path_mappings(resolver: Resolver) -> Iterator[BasePathMapping]:
    """Yield the mappings of `AWS::ApiGateway::BasePathMapping` that have a base path."""
    for logical_id, resource in resolver.resources("AWS::ApiGateway::BasePathMapping"):
        path = resolver.properties(resource).get("BasePath")
        if isinstance(path, str) and path:
            yield BasePathMapping(origin=origin_of(resolver.stack, logical_id), base_path=path)


def _certificate_region(arn: object) -> str | None:
    is_arn = isinstance(arn, str) and arn.startswith(_CERTIFICATE_ARN)
    return str(arn).split(":")[3] or None if is_arn else None
