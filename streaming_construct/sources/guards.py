"""What else stands between a caller and an API: resource policy, WAF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from streaming_construct.sources.intrinsics import Resolver


def read_guards(
    resolver: Resolver,
    properties: Mapping[str, Any],
    body: Mapping[str, Any],
) -> Iterator[str]:
    """Yield the name of each guard that a template declares."""
    if properties.get("Policy") or body.get("x-amazon-apigateway-policy"):
        yield "the resource policy"
    if any(resolver.resources("AWS::WAFv2::WebACLAssociation")):
        yield "WAF"
