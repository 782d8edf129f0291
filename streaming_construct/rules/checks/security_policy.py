"""TLS: the security policies of an endpoint, and the access mode that they require.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streaming_construct.model.api import EndpointType
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding, Rule, Severity

SECURITY_POLICY_INVALID: Final = Rule(
    id="security-policy-invalid",
    severity=Severity.ERROR,
    title="Invalid security policy",
    what=(
        "The security policy of an API or of a domain name does not fit the endpoint type, or does "
        "not fit the endpoint access mode."
    ),
    why="API Gateway rejects the combination.",
    fix=(
        "Set the endpoint access mode to `STRICT`, or to `BASIC` first if the API has callers. For "
        "edge-optimized endpoints, use a policy whose name ends in `_EDGE`."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html",
    tags=frozenset({"endpoint", "synth", "lint"}),
)

_ENHANCED: Final = "SecurityPolicy_"
_EDGE_SUFFIX: Final = "_EDGE"
STRICT: Final = "STRICT"
"""The endpoint access mode that rejects requests through an endpoint of another type."""


def is_enhanced_policy(policy: str | None) -> bool:
    """Return whether a security policy is one of those that need an endpoint access mode."""
    return policy is not None and policy.startswith(_ENHANCED)


def check_security_policy(
    policy: str | None, access_mode: str | None, endpoint: EndpointType, subject: Subject
) -> Iterator[Finding]:
    """Yield what API Gateway rejects in a security policy, by its name, and an access mode."""
    enhanced = is_enhanced_policy(policy)
    if enhanced and access_mode is None:
        yield SECURITY_POLICY_INVALID.at(
            subject,
            f"{policy} needs an endpoint access mode",
            fix=(
                "Set the endpoint access mode to STRICT, or to BASIC first if clients use the "
                "deployed endpoint."
            ),
        )
    if access_mode is not None and not enhanced:
        yield SECURITY_POLICY_INVALID.at(
            subject,
            f"an endpoint access mode requires a policy {_ENHANCED}..., "
            f"not {policy or 'the default policy'}",
            fix="Set such a security policy, or remove the access mode.",
        )
    is_edge = endpoint is EndpointType.EDGE
    if enhanced and policy is not None and policy.endswith(_EDGE_SUFFIX) is not is_edge:
        yield SECURITY_POLICY_INVALID.at(
            subject,
            f"{policy} is not for an endpoint of type {endpoint.value}",
            fix=f"Use one whose name {'ends' if is_edge else 'does not end'} in {_EDGE_SUFFIX}.",
        )
