"""The endpoint of an API: its type, policies, custom domain name and web ACL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk.aws_apigateway import (
    CfnRestApi,
    EndpointConfiguration,
    EndpointType,
    SpecRestApi,
)
from aws_cdk.aws_iam import PolicyDocument
from constructs import Construct

from streaming_construct.constructs.cdk.default_child import get_default_child
from streaming_construct.constructs.endpoint.custom_domain import CustomDomain
from streaming_construct.constructs.endpoint.endpoint_checks import check_endpoint_options
from streaming_construct.constructs.endpoint.security_policy import SecurityPolicySettings
from streaming_construct.constructs.endpoint.web_acl import (
    ManagedWebAcl,
    associate_web_acl,
    check_web_acl,
)
from streaming_construct.model import api
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding

if TYPE_CHECKING:
    from aws_cdk.interfaces.aws_wafv2 import IWebACLRef


@dataclass(frozen=True, kw_only=True)
class EndpointOptions:
    """The endpoint arguments of `StreamingRestApi`; a Regional endpoint is the default."""

    configuration: EndpointConfiguration
    policy: PolicyDocument | None
    domain: CustomDomain
    tls: SecurityPolicySettings
    web_acl: ManagedWebAcl | IWebACLRef | str | None

    @property
    def endpoint_type(self) -> api.EndpointType:
        """The endpoint type as rules read it."""
        types = self.configuration.types or [EndpointType.REGIONAL]
        return api.EndpointType(types[0].value)

    def check(self, scope: Construct) -> Iterator[Finding]:
        """Yield contradictions between the options, and options that leave the API open."""
        yield from check_endpoint_options(self.configuration, self.policy)
        yield from self.tls.check(self.endpoint_type, Subject("API"))
        yield from self.domain.check(scope, self.endpoint_type, self.tls)
        yield from check_web_acl(scope, self.web_acl)

    def apply_overrides(self, scope: Construct, rest_api: SpecRestApi) -> None:
        """Apply the options for which `SpecRestApi` has no argument."""
        vpc_endpoints = self.configuration.vpc_endpoints
        if vpc_endpoints and self.policy is None:
            rest_api.grant_invoke_from_vpc_endpoints_only(vpc_endpoints)
        if self.tls.security_policy is not None:
            self.tls.apply(get_default_child(rest_api, CfnRestApi))
        self.domain.apply_overrides(rest_api)
        if self.web_acl is not None:
            associate_web_acl(scope, self.web_acl, rest_api.deployment_stage)
