"""Rules on the authorizers, grants, usage plans and resource policies of a construct."""

from __future__ import annotations

from typing import Final

from streaming_construct.rules.rule import Rule, Severity

AUTHORIZER_CONFLICT: Final = Rule(
    id="authorizer-conflict",
    severity=Severity.ERROR,
    title="Conflicting authorizers",
    what=(
        "Two authorizers of an API have the same name, or an override and the document both "
        "set the authorizer of an operation."
    ),
    why="A method has one authorizer. The other one would be lost.",
    fix=(
        "Use one `Authorizer` object for all its routes, or set `authorizer_name`. Set the "
        "authorizer in the document or in the override, not in both."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/api/API_Method.html",
    tags=frozenset({"access", "synth"}),
)

TENANT_ID_INVALID: Final = Rule(
    id="tenant-id-invalid",
    severity=Severity.ERROR,
    title="Invalid source of a tenant id",
    what="`tenant_id` is no `TenantId`, or names a header that cannot carry the id.",
    why="API Gateway rejects the mapping, or passes no tenant id to Lambda.",
    fix="Write `TenantId.header('x-tenant-id')`, `TenantId.claim(...)` or `TenantId.context(...)`.",
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation-invoke.html",
    tags=frozenset({"function", "synth"}),
)


GRANT_INVALID: Final = Rule(
    id="grant-invalid",
    severity=Severity.ERROR,
    title="Invalid grant",
    what="The methods or the path of `grant_execute` are invalid.",
    why="The policy would match no request.",
    fix=(
        "Write the path as in the route, with its leading slash. A variable such as `{id}` "
        "matches every value."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html",
    tags=frozenset({"access", "synth"}),
)

RESOURCE_POLICY_INVALID: Final = Rule(
    id="resource-policy-invalid",
    severity=Severity.ERROR,
    title="Invalid resource policy",
    what="A `ResourcePolicy` contains an invalid address, range, or ID, or has no statement.",
    why="API Gateway rejects the policy, or the policy rejects all requests.",
    fix=(
        "Write CIDR ranges without host bits, such as `203.0.113.0/24`. Pass VPC endpoints "
        "and VPCs as constructs or IDs."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html",
    tags=frozenset({"access", "synth"}),
)
