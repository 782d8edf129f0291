"""Rules on custom domain names and their base paths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from streaming_construct.model.domain_name import BasePathMapping, DomainName
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding, Rule, Severity

DOMAIN_NAME_INVALID: Final = Rule(
    id="domain-name-invalid",
    severity=Severity.ERROR,
    title="Invalid custom domain name",
    what=(
        "The custom domain name cannot be deployed: its name, base path, certificate Region, "
        "mutual TLS, access mode, or hosted zone is invalid."
    ),
    why="CloudFormation fails after several minutes, or clients cannot reach the name.",
    fix="Follow the message.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html",
    tags=frozenset({"endpoint", "synth", "lint"}),
)

# https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
_BASE_PATH: Final = re.compile(r"[A-Za-z0-9$_.+!*'()-]+(/[A-Za-z0-9$_.+!*'()-]+)*")
_SUBJECT: Final = Subject("domain name")


def domain_name_findings(domain: DomainName) -> Iterator[Finding]:
    """Yield what API Gateway refuses of a domain name in a template."""
    findings: list[Finding] = []
    if domain.name is not None:
        findings += name_findings(domain.name)
    if domain.certificate_region and domain.required_region:
        findings += certificate_region_findings(
            domain.certificate_region, domain.required_region, is_edge=domain.is_edge_optimized
        )
    if domain.has_mutual_tls:
        findings += mutual_tls_findings(is_edge=domain.is_edge_optimized)
    for finding in findings:
        yield finding.rule.at(_SUBJECT, finding.problem, fix=finding.fix, location=domain.origin)


def base_path_mapping_findings(mapping: BasePathMapping) -> Iterator[Finding]:
    """Yield a finding for a base path that `AWS::ApiGateway::BasePathMapping` cannot have."""
    findings = list(base_path_findings(mapping.base_path))
    if not findings and "/" in mapping.base_path:
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
        findings = [
            _invalid(
                f"the base path {mapping.base_path!r} has several levels, which a base "
                "path mapping does not support",
                "Use one level, or an API mapping (AWS::ApiGatewayV2::ApiMapping).",
            )
        ]
    for finding in findings:
        yield finding.rule.at(_SUBJECT, finding.problem, fix=finding.fix, location=mapping.origin)


def name_findings(name: str) -> Iterator[Finding]:
    """Yield a finding for a name that API Gateway refuses."""
    if name != name.lower() or "/" in name or ":" in name:
        yield _invalid(
            f"{name!r} is not a name that API Gateway takes",
            "Write it in lower case, without a scheme and a path, as in 'api.example.com'.",
        )


def base_path_findings(path: str) -> Iterator[Finding]:
    """Yield a finding for a text that is not a base path."""
    if not _BASE_PATH.fullmatch(path):
        yield _invalid(
            f"{path!r} is not a base path",
            "Write segments of letters, digits and $-_.+!*'() with a slash between two, as in 'v1' "
            "or 'chat/v1'.",
        )


def certificate_region_findings(
    region: str, required_region: str, *, is_edge: bool
) -> Iterator[Finding]:
    """Yield a finding for a certificate of another Region than it must be in."""
    if region != required_region:
        kind = "an edge-optimized" if is_edge else "a Regional"
        yield _invalid(
            f"its certificate is in {region}, but {kind} domain name requires one in "
            f"{required_region}",
            f"Import or request the certificate in {required_region}.",
        )


def mutual_tls_findings(*, is_edge: bool) -> Iterator[Finding]:
    """Yield a finding for mutual TLS of an edge-optimized domain name.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html
    """
    if is_edge:
        yield _invalid("mutual TLS needs a Regional domain name", "Leave its type out.")


def _invalid(problem: str, fix: str) -> Finding:
    return DOMAIN_NAME_INVALID.at(_SUBJECT, problem, fix=fix)
