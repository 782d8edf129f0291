"""A custom domain name of an API: its validation and its DNS record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Stack, Token
from aws_cdk.aws_apigateway import (
    CfnDomainName,
    DomainNameOptions,
    SecurityPolicy,
    SpecRestApi,
)
from aws_cdk.aws_apigateway import EndpointType as CdkEndpointType
from constructs import Construct

from streaming_construct.constructs.cdk.default_child import get_default_child
from streaming_construct.constructs.cdk.validation import check_tokens
from streaming_construct.constructs.endpoint.security_policy import SecurityPolicySettings
from streaming_construct.model.api import EndpointType
from streaming_construct.model.domain_name import EDGE_CERTIFICATE_REGION
from streaming_construct.rules.checks.domain_names import (
    DOMAIN_NAME_INVALID,
    SUBJECT,
    check_base_path,
    check_base_path_levels,
    check_certificate_region,
    check_mutual_tls,
    check_name,
    check_strict_access,
)
from streaming_construct.rules.checks.endpoint import create_mutual_tls_bypassed_warning
from streaming_construct.rules.rule import Finding

if TYPE_CHECKING:
    from aws_cdk.aws_route53 import IHostedZone


@dataclass(frozen=True, kw_only=True)
class CustomDomain:
    """Settings whose fields are arguments of `StreamingRestApi`.

    `disable_execute_api_endpoint` is None where the caller leaves it open.
    """

    domain_name: DomainNameOptions | None
    hosted_zone: IHostedZone | None
    disable_execute_api_endpoint: bool | None

    @property
    def base_path(self) -> str | None:
        """The prefix of the paths that functions receive (`/v1`), or None."""
        if self.domain_name is None or self.domain_name.base_path is None:
            return None
        return f"/{self.domain_name.base_path}"

    @property
    def disables_execute_api(self) -> bool | None:
        """Whether only the custom domain name serves the API, which mutual TLS requires.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html
        """
        if self.disable_execute_api_endpoint is None and self._has_mutual_tls:
            return True
        return self.disable_execute_api_endpoint

    @property
    def url(self) -> str | None:
        """Where the API is reached, with a slash at the end; None without a domain name."""
        if self.domain_name is None:
            return None
        return f"https://{self.domain_name.domain_name}{self.base_path or ''}/"

    def url_for_path(self, path: str = "/") -> str:
        """Return the URL of a path under the domain name.

        Raises:
            ValueError: The path does not begin with a slash.
        """
        if not path.startswith("/"):
            raise ValueError(f"the path must begin with a slash, got {path!r}")
        return f"{self.url}"[:-1] + path

    def check(
        self, scope: Construct, endpoint: EndpointType, api: SecurityPolicySettings
    ) -> Iterator[Finding]:
        """Yield what API Gateway rejects, and what leaves the API open."""
        if self.domain_name is None:
            if self.hosted_zone is not None:
                yield _create_error(
                    "there is a hosted_zone, and no name to put into it",
                    "Give domain_name=DomainNameOptions(...).",
                )
            return
        if endpoint is EndpointType.PRIVATE:
            yield _create_error(
                "a private API cannot be mapped to it",
                "Leave it out; private domain names are CDK's CfnDomainNameV2.",
            )
        yield from self._check_name(self.domain_name)
        yield from _check_base_path_options(self.domain_name)
        yield from _check_certificate(scope, self.domain_name)
        yield from self._check_tls(self.domain_name, endpoint, api)

    def apply_overrides(self, rest_api: SpecRestApi) -> None:
        """Write out the TLS version of the domain, and put its name into the hosted zone."""
        # Reading the API first would cost each caller a round trip to Node.js.
        domain = rest_api.domain_name if self.domain_name else None
        if self.domain_name is None or domain is None:
            return
        if self.domain_name.security_policy is None:
            get_default_child(domain, CfnDomainName).security_policy = SecurityPolicy.TLS_1_2.value
        if self.hosted_zone is not None:
            # Without a zone, the import is not needed.
            from aws_cdk.aws_route53 import ARecord, RecordTarget
            from aws_cdk.aws_route53_targets import ApiGatewayDomain

            ARecord(
                domain,
                "Alias",
                zone=self.hosted_zone,
                record_name=self.domain_name.domain_name,
                target=RecordTarget.from_alias(ApiGatewayDomain(domain)),
            )

    @property
    def _has_mutual_tls(self) -> bool:
        return self.domain_name is not None and self.domain_name.mtls is not None

    def _check_name(self, options: DomainNameOptions) -> Iterator[Finding]:
        name = options.domain_name
        if Token.is_unresolved(name):
            return
        yield from check_name(name)
        if self.hosted_zone is None:
            return
        zone = self.hosted_zone.zone_name
        if not Token.is_unresolved(zone) and not f".{name}".endswith(f".{zone.rstrip('.')}"):
            yield _create_error(
                f"{name} is not within the hosted zone {zone}", "Give the zone it is in."
            )

    def _check_tls(
        self, options: DomainNameOptions, endpoint: EndpointType, api: SecurityPolicySettings
    ) -> Iterator[Finding]:
        domain_type = EndpointType((options.endpoint_type or CdkEndpointType.REGIONAL).value)
        tls = SecurityPolicySettings(options.security_policy, options.endpoint_access_mode)
        yield from tls.check(domain_type, SUBJECT)
        modes = (tls.endpoint_access_mode, api.endpoint_access_mode)
        yield from check_strict_access(
            domain_type, endpoint, {mode.value for mode in modes if mode is not None}
        )
        if not self._has_mutual_tls:
            return
        yield from check_mutual_tls(
            is_edge=domain_type is EndpointType.EDGE,
            policy=tls.name,
        )
        if self.disable_execute_api_endpoint is False:
            yield create_mutual_tls_bypassed_warning()


def _check_base_path_options(options: DomainNameOptions) -> Iterator[Finding]:
    path = options.base_path
    if path is None:
        return
    # CDK writes the path into the id of the mapping.
    if tokens := list(check_tokens(SUBJECT, base_path=path)):
        yield from tokens
        return
    invalid = list(check_base_path(path))
    yield from invalid
    if not invalid and "/" in path:
        # CDK creates an API mapping for a path with several levels.
        is_edge = options.endpoint_type is CdkEndpointType.EDGE
        yield from check_base_path_levels(path, is_edge=is_edge, allows_levels=True)


def _check_certificate(scope: Construct, options: DomainNameOptions) -> Iterator[Finding]:
    """Yield a finding where the certificate is known to be in another Region than it must be.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains-prerequisites.html
    """
    edge = options.endpoint_type is CdkEndpointType.EDGE
    required_region = EDGE_CERTIFICATE_REGION if edge else Stack.of(scope).region
    arn = options.certificate.certificate_ref.certificate_arn
    is_known = not Token.is_unresolved(arn) and arn.count(":") >= 5
    region = arn.split(":")[3] if is_known else Stack.of(options.certificate).region
    if not Token.is_unresolved(region) and not Token.is_unresolved(required_region):
        yield from check_certificate_region(region, required_region, is_edge=edge)


def _create_error(message: str, fix: str) -> Finding:
    return DOMAIN_NAME_INVALID.at(SUBJECT, message, fix=fix)
