"""The edge of an API: where it is reached, under which names, and by whom at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk.aws_apigateway import (
    CfnRestApi,
    DomainNameOptions,
    EndpointAccessMode,
    EndpointConfiguration,
    EndpointType,
    SecurityPolicy,
    SpecRestApi,
)
from aws_cdk.aws_iam import PolicyDocument
from constructs import Construct

from streaming_construct.constructs.cdk.default_child import default_child
from streaming_construct.constructs.cdk.validation import argument_type_findings
from streaming_construct.constructs.endpoint.custom_domain import CustomDomain
from streaming_construct.constructs.endpoint.endpoint_checks import endpoint_option_findings
from streaming_construct.constructs.endpoint.security_policy import SecurityPolicySettings
from streaming_construct.constructs.endpoint.web_acl import (
    ManagedWebAcl,
    associate,
    web_acl_findings,
)
from streaming_construct.model import api
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding

if TYPE_CHECKING:
    from aws_cdk.aws_ec2 import IVpcEndpoint
    from aws_cdk.interfaces.aws_wafv2 import IWebACLRef


@dataclass(frozen=True, kw_only=True)
class EndpointOptions:
    """What a caller asked for; the fields are arguments of `StreamingRestApi`."""

    endpoint_type: EndpointType
    vpc_endpoints: Sequence[IVpcEndpoint] | None
    policy: PolicyDocument | None
    domain: CustomDomain
    tls: SecurityPolicySettings
    web_acl: ManagedWebAcl | IWebACLRef | str | None

    def check_types(self) -> Iterator[Finding]:
        """Yield what is not of its type, before it is looked into."""
        yield from argument_type_findings(
            Subject("API"),
            endpoint_type=(self.endpoint_type, EndpointType),
            policy=(self.policy, PolicyDocument),
            domain_name=(self.domain.domain_name, DomainNameOptions),
            security_policy=(self.tls.security_policy, SecurityPolicy),
            endpoint_access_mode=(self.tls.endpoint_access_mode, EndpointAccessMode),
        )

    @property
    def endpoint(self) -> api.EndpointType:
        """The endpoint's type as the rules know it."""
        return api.EndpointType(self.endpoint_type.value)

    def findings(self, scope: Construct) -> Iterator[Finding]:
        """Yield what does not go together, and what leaves a door open."""
        yield from endpoint_option_findings(self.endpoint_type, self.vpc_endpoints, self.policy)
        yield from self.tls.findings(self.endpoint, Subject("API"))
        yield from self.domain.findings(scope, self.endpoint, self.tls)
        yield from web_acl_findings(scope, self.web_acl)

    def configuration(self) -> EndpointConfiguration:
        """Return the endpoint for `SpecRestApi`."""
        return EndpointConfiguration(types=[self.endpoint_type], vpc_endpoints=self.vpc_endpoints)

    def apply_overrides(self, scope: Construct, rest_api: SpecRestApi) -> None:
        """Apply what `SpecRestApi` has no argument for."""
        if self.vpc_endpoints and self.policy is None:
            rest_api.grant_invoke_from_vpc_endpoints_only(self.vpc_endpoints)
        if self.tls.security_policy is not None:
            self.tls.apply(default_child(rest_api, CfnRestApi))
        self.domain.apply_overrides(rest_api)
        if self.web_acl is not None:
            associate(scope, self.web_acl, rest_api.deployment_stage)
