"""Further access controls of an API: resource policy, AWS WAF, mutual TLS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from streaming_construct.model.source_location import SourceLocation
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import as_list, as_mapping
from streaming_construct.templates.stacks.origin import find_origin
from streaming_construct.templates.stacks.unresolved import Unresolved


def read_resource_policy(
    properties: Mapping[str, Any], body: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Return the resource policy that a template declares, or its body."""
    return as_mapping(properties.get("Policy") or body.get("x-amazon-apigateway-policy")) or None


def read_access_controls(resolver: Resolver, properties: Mapping[str, Any]) -> Iterator[str]:
    """Yield the name of each access control that a template declares, without a resource policy."""
    if isinstance(properties.get("Policy"), Unresolved):
        yield "the resource policy"
    if any(resolver.list_resources("AWS::WAFv2::WebACLAssociation")):
        yield "WAF"
    domains = (
        domain
        for kind in ("AWS::ApiGateway::DomainName", "AWS::ApiGatewayV2::DomainName")
        for _, domain in resolver.list_resources(kind)
    )
    if any(resolver.properties(domain).get("MutualTlsAuthentication") for domain in domains):
        yield "mutual TLS"


def read_unsupported_web_acls(
    resolvers: Sequence[Resolver], api_id: str
) -> Iterator[SourceLocation]:
    """Yield the associations of an API with a web ACL for CloudFront.

    https://docs.aws.amazon.com/waf/latest/APIReference/API_AssociateWebACL.html
    """
    for resolver in resolvers:
        for logical_id, resource in resolver.list_resources("AWS::WAFv2::WebACLAssociation"):
            properties = resolver.properties(resource)
            arn = str(properties.get("WebACLArn"))
            if f"/restapis/{api_id}/" not in str(properties.get("ResourceArn")):
                continue
            declared = as_mapping(as_mapping(resource.get("Properties")).get("WebACLArn"))
            names = as_list(declared.get("Fn::GetAtt"))
            acl = as_mapping(resolver.section("Resources").get(str(names[0]))) if names else {}
            scope = resolver.properties(acl).get("Scope") if acl else None
            if scope == "CLOUDFRONT" or ":global/webacl/" in arn:
                yield find_origin(resolver.stack, logical_id)
