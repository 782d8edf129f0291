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

USAGE_PLAN_MISSING: Final = Rule(
    id="usage-plan-missing",
    severity=Severity.ERROR,
    title="Usage plan missing",
    what="Routes require an API key, but the app has no usage plan. The check runs at synthesis.",
    why="An API key works only if it belongs to a usage plan of the stage, so every request fails.",
    fix=(
        "Call `add_usage_plan`, or omit `api_key_required`. If another app has the plan, "
        "acknowledge "
        "`streaming-construct:usage-plan-missing` with `Validations.of(api).acknowledge`."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html",
    tags=frozenset({"access", "synth"}),
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

RESOURCE_POLICY_CONFLICT: Final = Rule(
    id="resource-policy-conflict",
    severity=Severity.ERROR,
    title="Resource policy does not fit the endpoint",
    what=(
        "A `ResourcePolicy` names VPCs on a public API, source addresses on a private API, "
        "or VPC endpoints that the API does not have."
    ),
    why=(
        "Only requests to private APIs come through a VPC, and their source addresses are "
        "within it. The policy rejects all requests."
    ),
    fix="Use the conditions that the endpoint type supports.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-aws-condition-keys.html",
    tags=frozenset({"access", "synth"}),
)

RESOURCE_POLICY_OPEN: Final = Rule(
    id="resource-policy-open",
    severity=Severity.WARNING,
    title="Private API open to all VPC endpoints",
    what="The `ResourcePolicy` of a private API names neither places nor principals.",
    why="Any AWS account can create a VPC endpoint and call the API.",
    fix=(
        "Name `vpc_endpoints`, `vpcs`, `vpc_source_ips`, or `principals`, or omit the policy "
        "and set the API's `vpc_endpoints`. Acknowledge the warning if every route has an "
        "authorizer."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html",
    tags=frozenset({"access", "synth"}),
)

RESOURCE_POLICY_LONG: Final = Rule(
    id="resource-policy-long",
    severity=Severity.WARNING,
    title="Resource policy too long",
    what="The resource policy has more than 8192 characters.",
    why="API Gateway rejects the policy unless AWS raised the quota of the account.",
    fix="Use wider ranges, or move long lists to an IP set of a web ACL.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html",
    tags=frozenset({"access", "synth"}),
)

REQUEST_VALIDATOR_UNUSED: Final = Rule(
    id="request-validator-unused",
    severity=Severity.WARNING,
    title="Request validator without a schema",
    what=(
        "Request validation is enabled for an operation without a required parameter or a "
        "request body, or for an API without a document."
    ),
    why="API Gateway validates only what is declared, so every request passes.",
    fix=(
        "Declare a required parameter or a request body in the document, or disable the validation."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html",
    tags=frozenset({"route", "synth"}),
)
