"""Reads the custom domain names of a template, and their mappings to stages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from streaming_construct.model.api import EndpointType
from streaming_construct.model.domain_name import (
    EDGE_CERTIFICATE_REGION,
    BasePathMapping,
    DomainName,
)
from streaming_construct.templates.reader.endpoint_types import (
    read_declared_endpoint_type,
    to_endpoint_type,
)
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import as_list, as_mapping, as_string
from streaming_construct.templates.stacks.origin import find_origin

# Other partitions have no edge-optimized domain names.
_CERTIFICATE_ARN: Final = "arn:aws:acm:"
_CERTIFICATE: Final = "CertificateArn"
_REGIONAL_CERTIFICATE: Final = "RegionalCertificateArn"
_PUBLIC: Final = "AWS::ApiGateway::DomainName"
_PRIVATE: Final = "AWS::ApiGateway::DomainNameV2"
_REGIONAL: Final = "AWS::ApiGatewayV2::DomainName"
# The properties of a mapping that name its domain name, its API and its path.
_MAPPINGS: Final[Mapping[str, tuple[str, str, str]]] = {
    "AWS::ApiGateway::BasePathMapping": ("DomainName", "RestApiId", "BasePath"),
    "AWS::ApiGateway::BasePathMappingV2": ("DomainNameArn", "RestApiId", "BasePath"),
    "AWS::ApiGatewayV2::ApiMapping": ("DomainName", "ApiId", "ApiMappingKey"),
}
# AWS does not document whether the mapping of a private domain name can have several levels.
_ONE_LEVEL: Final = frozenset({"AWS::ApiGateway::BasePathMapping"})


def read_domain_names(resolver: Resolver) -> Iterator[DomainName]:
    """Yield the domain names of REST and HTTP APIs, public and private."""
    yield from _read_domain_names(resolver).values()


def read_base_path_mappings(resolver: Resolver) -> Iterator[BasePathMapping]:
    """Yield the mappings of domain names to stages."""
    domains = _read_domain_names(resolver)
    for kind, (domain_property, api_property, path_property) in _MAPPINGS.items():
        for logical_id, resource in resolver.list_resources(kind):
            written = as_mapping(resource.get("Properties"))
            properties = resolver.properties(resource)
            path = properties.get(path_property)
            api_id = _get_referenced_id(written.get(api_property))
            api = as_mapping(resolver.section("Resources").get(api_id))
            is_rest = api.get("Type") == "AWS::ApiGateway::RestApi"
            api_properties = resolver.properties(api) if is_rest else {}
            yield BasePathMapping(
                origin=find_origin(resolver.stack, logical_id),
                # A base path mapping writes the root as `(none)` too.
                base_path=path if isinstance(path, str) and path != "(none)" else "",
                allows_levels=kind not in _ONE_LEVEL,
                domain=_find_domain_name(
                    domains, written.get(domain_property), properties[domain_property]
                )
                if domain_property in properties
                else None,
                api_endpoint_type=_read_api_endpoint_type(api_properties) if is_rest else None,
                api_access_mode=as_string(api_properties.get("EndpointAccessMode")),
                is_http_api=api.get("Type") == "AWS::ApiGatewayV2::Api",
            )


def _read_domain_names(resolver: Resolver) -> dict[str, DomainName]:
    """Return the domain names by their logical ids."""
    return {
        logical_id: _read_domain_name(resolver, kind, logical_id, resolver.properties(resource))
        for kind in (_PUBLIC, _PRIVATE, _REGIONAL)
        for logical_id, resource in resolver.list_resources(kind)
    }


def _read_domain_name(
    resolver: Resolver, kind: str, logical_id: str, properties: Mapping[str, Any]
) -> DomainName:
    stack = resolver.stack
    configurations = as_list(properties.get("DomainNameConfigurations"))
    settings = as_mapping(next(iter(configurations), None)) if kind == _REGIONAL else properties
    endpoint = _read_endpoint_type(kind, settings)
    is_regional_certificate = kind == _PUBLIC and endpoint is EndpointType.REGIONAL
    certificate = _REGIONAL_CERTIFICATE if is_regional_certificate else _CERTIFICATE
    is_misplaced = endpoint is not None and certificate not in settings and kind != _REGIONAL
    stack_region = stack.region if stack.has_known_region else None
    mutual_tls = as_mapping(properties.get("MutualTlsAuthentication"))
    is_edge = endpoint is EndpointType.EDGE
    return DomainName(
        origin=find_origin(stack, logical_id),
        name=as_string(properties.get("DomainName")),
        endpoint_type=endpoint,
        certificate_region=_find_certificate_region(settings.get(certificate)),
        required_region=EDGE_CERTIFICATE_REGION if is_edge else stack_region,
        required_certificate_property=certificate
        if is_misplaced and {_CERTIFICATE, _REGIONAL_CERTIFICATE} & settings.keys()
        else None,
        has_mutual_tls=bool(mutual_tls),
        truststore=as_string(mutual_tls.get("TruststoreUri")),
        security_policy=as_string(settings.get("SecurityPolicy")),
        access_mode=as_string(settings.get("EndpointAccessMode")),
    )


def _read_endpoint_type(kind: str, settings: Mapping[str, Any]) -> EndpointType | None:
    """Return the endpoint type of a domain name, from its type or its certificate."""
    if kind == _PRIVATE:
        return EndpointType.PRIVATE
    if kind == _REGIONAL:
        return to_endpoint_type(settings.get("EndpointType", "REGIONAL"))
    declared = read_declared_endpoint_type(settings)
    if declared is None and _REGIONAL_CERTIFICATE in settings:
        return EndpointType.REGIONAL
    # API Gateway creates an edge-optimized domain name by default.
    return to_endpoint_type("EDGE" if declared is None else declared)


def _read_api_endpoint_type(properties: Mapping[str, Any]) -> EndpointType | None:
    declared = read_declared_endpoint_type(properties)
    return to_endpoint_type("EDGE" if declared is None else declared)


def _find_domain_name(
    domains: Mapping[str, DomainName], written: object, resolved: object
) -> DomainName | None:
    """Return the domain name that a mapping names, by a reference or by the name itself."""
    by_reference = domains.get(_get_referenced_id(written))
    if by_reference is not None:
        return by_reference
    matches = [domain for domain in domains.values() if domain.name == resolved]
    return matches[0] if len(matches) == 1 and isinstance(resolved, str) else None


def _get_referenced_id(value: object) -> str:
    """Return the logical id in a `Ref` or `Fn::GetAtt`; empty for another value."""
    attribute = as_mapping(value).get("Fn::GetAtt")
    names = attribute.split(".") if isinstance(attribute, str) else as_list(attribute)
    return str(as_mapping(value).get("Ref") or next(iter(names), ""))


def _find_certificate_region(arn: object) -> str | None:
    is_arn = isinstance(arn, str) and arn.startswith(_CERTIFICATE_ARN)
    return str(arn).split(":")[3] or None if is_arn else None
