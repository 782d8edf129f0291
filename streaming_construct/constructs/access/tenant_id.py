"""`TenantId`: where a request has the id of the tenant whose environment serves it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.access import TENANT_ID_INVALID

_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_NAME: Final = re.compile(r"[A-Za-z0-9_:.-]+")
_RESERVED: Final = "x-amz-tenant-id"


@dataclass(frozen=True)
class TenantId:
    """The source of a tenant's id, for functions with tenant isolation (`tenancy_config`).

    A header is what the client writes: an authorizer must make sure that the client belongs to the
    tenant. A claim or a value of an authorizer's context comes from the authorizer.
    https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation-invoke.html

    Attributes:
        expression: The mapping expression, such as `method.request.header.x-tenant-id`.
    """

    expression: str

    @classmethod
    def header(cls, name: str) -> TenantId:
        """Return the id in a header of the request."""
        return cls(f"method.request.header.{name}")

    @classmethod
    def claim(cls, name: str) -> TenantId:
        """Return the id in a claim of a token that a Cognito or JWT authorizer has validated."""
        return cls(f"context.authorizer.claims.{name}")

    @classmethod
    def context(cls, name: str) -> TenantId:
        """Return the id in the context that a Lambda authorizer returns."""
        return cls(f"context.authorizer.{name}")


def check_tenant_id(tenant_id: object, subject: Subject) -> Iterator[Finding]:
    """Yield a finding for a value that is not a source of a tenant's id."""
    if tenant_id is None:
        return
    if not isinstance(tenant_id, TenantId) or not isinstance(tenant_id.expression, str):
        yield TENANT_ID_INVALID.at(subject, f"tenant_id is {tenant_id!r}")
        return
    source, _, name = tenant_id.expression.rpartition(".")
    is_header = source == "method.request.header"
    if not (_HEADER if is_header else _NAME).fullmatch(name):
        yield TENANT_ID_INVALID.at(
            subject,
            f"tenant_id names {name!r}, which is no {'header' if is_header else 'name'}",
        )
    if is_header and name.lower() == _RESERVED:
        yield TENANT_ID_INVALID.at(
            subject,
            "tenant_id takes the header X-Amz-Tenant-Id of the client, which API Gateway does not "
            "pass on",
            fix="Use another header, such as TenantId.header('x-tenant-id').",
        )
