"""Rules on custom domain names and their base paths."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from streaming_construct.model.api import EndpointType
from streaming_construct.model.domain_name import BasePathMapping, DomainName
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.security_policy import (
    STRICT,
    check_security_policy,
    is_enhanced_policy,
)
from streaming_construct.rules.rule import Finding, Rule, Severity

DOMAIN_NAME_INVALID: Final = Rule(
    id="domain-name-invalid",
    severity=Severity.ERROR,
    title="Invalid custom domain name",
    what=(
        "The custom domain name cannot be deployed, or rejects each request. Its name, base path, "
        "certificate Region, mutual TLS, access mode, endpoint type, or hosted zone is invalid."
    ),
    why="CloudFormation fails after several minutes, or clients cannot reach the name.",
    fix="Follow the message.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html",
    tags=frozenset({"endpoint", "synth", "lint"}),
)

# https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
_BASE_PATH: Final = re.compile(r"[A-Za-z0-9$_.+!*'()-]+(/[A-Za-z0-9$_.+!*'()-]+)*")
_TRUSTSTORE: Final = re.compile(r"s3://[^/]+/.+")
SUBJECT: Final = Subject("domain name")


def check_domain_name(domain: DomainName) -> Iterator[Finding]:
    """Yield what API Gateway rejects in a domain name in a template."""
    findings: list[Finding] = []
    endpoint = domain.endpoint_type
    is_edge = endpoint is EndpointType.EDGE
    if domain.name is not None:
        findings += check_name(domain.name)
    if domain.certificate_region and domain.required_region:
        findings += check_certificate_region(
            domain.certificate_region, domain.required_region, is_edge=is_edge
        )
    if domain.required_certificate_property and endpoint is not None:
        findings += check_certificate_property(domain.required_certificate_property, endpoint)
    if domain.has_mutual_tls:
        findings += check_mutual_tls(is_edge=is_edge, policy=domain.security_policy)
    if domain.truststore is not None:
        findings += check_truststore(domain.truststore)
    if endpoint is not None:
        findings += check_security_policy(
            domain.security_policy, domain.access_mode, endpoint, SUBJECT
        )
    for finding in findings:
        yield finding.rule.at(SUBJECT, finding.problem, fix=finding.fix, location=domain.origin)


def check_base_path_mapping(mapping: BasePathMapping) -> Iterator[Finding]:
    """Yield what API Gateway rejects in a mapping of a domain name to a stage."""
    path, domain = mapping.base_path, mapping.domain
    findings = list(check_base_path(path)) if path else []
    if not findings and "/" in path:
        findings += check_base_path_levels(
            path,
            is_edge=domain is not None and domain.endpoint_type is EndpointType.EDGE,
            allows_levels=mapping.allows_levels,
        )
    if domain is not None:
        findings += _check_mapped_api(mapping, domain)
    for finding in findings:
        yield finding.rule.at(SUBJECT, finding.problem, fix=finding.fix, location=mapping.origin)


def _check_mapped_api(mapping: BasePathMapping, domain: DomainName) -> Iterator[Finding]:
    """Yield what does not fit between a domain name and the API that it serves."""
    if mapping.is_http_api and is_enhanced_policy(domain.security_policy):
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html
        yield _create_error(
            f"the security policy is {domain.security_policy}, and an HTTP API cannot be mapped to "
            "such a domain name",
            "Use the security policy TLS_1_2, or a REST API.",
        )
    if mapping.api_endpoint_type is not None and domain.endpoint_type is not None:
        yield from check_api_endpoint(domain.endpoint_type, mapping.api_endpoint_type)
        yield from check_strict_access(
            domain.endpoint_type,
            mapping.api_endpoint_type,
            {domain.access_mode, mapping.api_access_mode},
        )


def check_api_endpoint(domain: EndpointType, api: EndpointType) -> Iterator[Finding]:
    """Yield a finding for a private API behind a public domain name, or the reverse.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-custom-domains.html
    """
    if (domain is EndpointType.PRIVATE) is not (api is EndpointType.PRIVATE):
        yield _create_error(
            f"the endpoint type is {domain.value}, that of the API {api.value}, and private domain "
            "names are for private APIs only",
            "Use AWS::ApiGateway::DomainNameV2 for a private API, and AWS::ApiGateway::DomainName "
            "for another one.",
        )


def check_strict_access(
    domain: EndpointType, api: EndpointType, modes: Collection[str | None]
) -> Iterator[Finding]:
    """Yield a finding if an access mode STRICT rejects the requests of a domain name.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html
    """
    is_public = EndpointType.PRIVATE not in (domain, api)
    if STRICT in modes and domain is not api and is_public:
        yield _create_error(
            f"the endpoint type is {domain.value}, that of the API {api.value}, and the endpoint "
            "access mode STRICT rejects requests through another type",
            "Use the same endpoint type for both, or the endpoint access mode BASIC.",
        )


def check_name(name: str) -> Iterator[Finding]:
    """Yield a finding for a name that API Gateway rejects."""
    if name != name.lower() or "/" in name or ":" in name:
        yield _create_error(
            f"{name!r} is not a name that API Gateway takes",
            "Write it in lower case, without a scheme and a path, as in 'api.example.com'.",
        )


def check_base_path(path: str) -> Iterator[Finding]:
    """Yield a finding for a text that is not a base path."""
    if not _BASE_PATH.fullmatch(path):
        yield _create_error(
            f"{path!r} is not a base path",
            "Write segments of letters, digits and $-_.+!*'() with a slash between two, as in 'v1' "
            "or 'chat/v1'.",
        )


def check_certificate_region(
    region: str, required_region: str, *, is_edge: bool
) -> Iterator[Finding]:
    """Yield a finding for a certificate of another Region than it must be in."""
    if region != required_region:
        kind = "an edge-optimized" if is_edge else "a Regional"
        yield _create_error(
            f"the certificate is in {region}, but {kind} domain name requires one in "
            f"{required_region}",
            f"Import or request the certificate in {required_region}.",
        )


def check_certificate_property(required: str, endpoint: EndpointType) -> Iterator[Finding]:
    """Yield a finding for a certificate in the property of another endpoint type.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-domainname.html
    """
    yield _create_error(
        f"the endpoint type is {endpoint.value}, and there is no {required}",
        f"Write the ARN of the certificate in {required}.",
    )


def check_base_path_levels(path: str, *, is_edge: bool, allows_levels: bool) -> Iterator[Finding]:
    """Yield a finding for a base path with several levels where only one is possible.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
    """
    if is_edge:
        yield _create_error(
            f"the base path {path!r} has several levels, which only Regional domain names support",
            "Use one level, or a Regional domain name.",
        )
    elif not allows_levels:
        yield _create_error(
            f"the base path {path!r} has several levels, which a base "
            "path mapping does not support",
            "Use one level, or an API mapping (AWS::ApiGatewayV2::ApiMapping).",
        )


def check_mutual_tls(*, is_edge: bool, policy: str | None) -> Iterator[Finding]:
    """Yield what does not go together with mutual TLS.

    Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html,
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-custom-domain-tls-version.html
    """
    if is_enhanced_policy(policy):
        yield _create_error(
            f"mutual TLS cannot be combined with the security policy {policy}",
            "Remove the security policy, which means TLS 1.2, or remove mutual TLS.",
        )
    if is_edge:
        yield _create_error(
            "mutual TLS needs a Regional domain name",
            "Set the endpoint type of the domain name to REGIONAL.",
        )


def check_truststore(uri: str) -> Iterator[Finding]:
    """Yield a finding for a truststore that is not an object of Amazon S3.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigateway-domainname-mutualtlsauthentication.html
    """
    if not _TRUSTSTORE.fullmatch(uri):
        yield _create_error(
            f"the truststore {uri!r} is not the URI of an S3 object",
            "Write `s3://bucket-name/key-name`.",
        )


def _create_error(problem: str, fix: str) -> Finding:
    return DOMAIN_NAME_INVALID.at(SUBJECT, problem, fix=fix)
