"""Further access controls of an API: resource policy, AWS WAF, mutual TLS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import as_mapping
from streaming_construct.templates.stacks.unresolved import Unresolved


def read_resource_policy(
    properties: Mapping[str, Any], body: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Return the resource policy that a template declares, or its body."""
    return as_mapping(properties.get("Policy") or body.get("x-amazon-apigateway-policy")) or None


def read_access_controls(resolver: Resolver, properties: Mapping[str, Any]) -> Iterator[str]:
    """Yield the name of each guard that a template declares, beside a resource policy in it."""
    if isinstance(properties.get("Policy"), Unresolved):
        yield "the resource policy"
    if any(resolver.resources("AWS::WAFv2::WebACLAssociation")):
        yield "WAF"
    domains = (domain for _, domain in resolver.resources("AWS::ApiGateway::DomainName"))
    if any(resolver.properties(domain).get("MutualTlsAuthentication") for domain in domains):
        yield "mutual TLS"
