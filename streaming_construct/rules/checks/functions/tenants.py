"""Tenant isolation: whether each invocation of an isolated function has a tenant id.

Source: https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation-invoke.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streaming_construct.model.declaration import Declaration
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding, Rule, Severity

TENANT_ID_MISSING: Final = Rule(
    id="tenant-id-missing",
    severity=Severity.ERROR,
    title="Tenant id missing",
    what=(
        "A function has tenant isolation (`TenancyConfig`), and the integration of a route does "
        "not set `integration.request.header.X-Amz-Tenant-Id`."
    ),
    why="Lambda rejects every invocation without a tenant id, so each request fails.",
    fix=(
        "Map `integration.request.header.X-Amz-Tenant-Id` in the request parameters of the "
        "integration, for example to `method.request.header.x-tenant-id`. In CDK, pass "
        "`tenant_id=TenantId.header(...)`, `.claim(...)` or `.context(...)`."
    ),
    source_url="https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation-invoke.html",
    tags=frozenset({"function", "synth", "lint", "doctor"}),
)


def check_tenants(declaration: Declaration) -> Iterator[Finding]:
    """Yield an error for each route that invokes an isolated function without a tenant id."""
    api = declaration.api
    for route in api.routes:
        integration = route.integration
        function = api.functions.get(integration.function or "")
        is_unknown = any(name.startswith("RequestParameters") for name in integration.unresolved)
        if function is None or not function.is_tenant_isolated or is_unknown:
            continue
        if integration.tenant_id is None:
            yield TENANT_ID_MISSING.at(
                Subject("route", str(route)),
                f"the function {function.origin.display_name} has tenant isolation, but the "
                "integration passes no tenant id",
                location=route.origin,
            )
