"""The security policy of an API's own endpoint, which `SpecRestApi` has no argument for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from aws_cdk.aws_apigateway import CfnRestApi, EndpointAccessMode, SecurityPolicy

from streaming_construct.model.api import EndpointType
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.security_policy import check_security_policy
from streaming_construct.rules.rule import Finding

_LEGACY: Final = frozenset({SecurityPolicy.TLS_1_0, SecurityPolicy.TLS_1_2})


@dataclass(frozen=True)
class SecurityPolicySettings:
    """Settings whose fields are arguments of `StreamingRestApi`."""

    security_policy: SecurityPolicy | None
    endpoint_access_mode: EndpointAccessMode | None

    def check(self, endpoint: EndpointType, subject: Subject) -> Iterator[Finding]:
        """Yield what API Gateway would reject on an endpoint of this type."""
        mode = self.endpoint_access_mode and self.endpoint_access_mode.value
        yield from check_security_policy(self.name, mode, endpoint, subject)

    def apply(self, resource: CfnRestApi) -> None:
        """Write the settings into the API."""
        resource.security_policy = self.name
        if self.endpoint_access_mode is not None:
            resource.endpoint_access_mode = self.endpoint_access_mode.value

    @property
    def is_enhanced(self) -> bool:
        """Whether the policy is one of the newer ones."""
        return self.security_policy is not None and self.security_policy not in _LEGACY

    @property
    def name(self) -> str | None:
        """The name of the policy in API Gateway; None for the default."""
        if self.security_policy is None:
            return None
        # CDK's names are those of API Gateway without this.
        return f"{'SecurityPolicy_' if self.is_enhanced else ''}{self.security_policy.value}"
