"""Whether API Gateway may invoke what its integrations name.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from streaming_construct.model.account import IntegrationRole
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.permissions import PERMISSION_MISSING
from streaming_construct.rules.rule import Finding


def check_invoke_permissions(roles: Iterable[IntegrationRole]) -> Iterator[Finding]:
    """Yield an error for each role whose policies do not let it invoke its function."""
    for role in roles:
        if not role.is_allowed:
            yield PERMISSION_MISSING.at(
                Subject("function", str(role.function)),
                f"the credentials role {role.role} of the integration may not invoke it, so "
                "that every request fails with a 500",
                fix=(
                    "Allow the role lambda:InvokeFunction on the function, and on the "
                    "version or alias that the integration names."
                ),
            )
