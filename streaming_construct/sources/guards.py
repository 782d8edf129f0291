"""What else stands between a caller and an API: resource policy, request validators, WAF, mTLS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from streaming_construct.sources.intrinsics import Resolver
from streaming_construct.sources.operation import Operation
from streaming_construct.sources.shape import mapping
from streaming_construct.sources.unresolved import Unresolved


def read_resource_policy(
    properties: Mapping[str, Any], body: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Return the resource policy that a template declares, or its body."""
    return mapping(properties.get("Policy") or body.get("x-amazon-apigateway-policy")) or None


def read_guards(
    resolver: Resolver,
    properties: Mapping[str, Any],
    body: Mapping[str, Any],
    operations: Iterable[Operation],
) -> Iterator[str]:
    """Yield the name of each guard that a template declares, beside a resource policy in it."""
    if isinstance(properties.get("Policy"), Unresolved):
        yield "the resource policy"
    validator = "x-amazon-apigateway-request-validator"
    declared = (body, *(operation.declared for operation in operations))
    if any(mapping(each).get(validator) or each.get("RequestValidatorId") for each in declared):
        yield "request validation"
    if any(resolver.resources("AWS::WAFv2::WebACLAssociation")):
        yield "WAF"
    domains = (each for _, each in resolver.resources("AWS::ApiGateway::DomainName"))
    if any(resolver.properties(each).get("MutualTlsAuthentication") for each in domains):
        yield "mutual TLS"
