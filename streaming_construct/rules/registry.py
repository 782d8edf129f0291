"""All rules, and the findings of the rules that a model alone can show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import ModuleType
from typing import Final, TypeAlias

from streaming_construct.model.api import ApiModel
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.http_api import HttpApi
from streaming_construct.model.template import Template
from streaming_construct.rules import suppression
from streaming_construct.rules.checks import (
    authorizers,
    cors,
    deployments,
    domain_names,
    endpoint,
    http_apis,
    integrations,
    logging,
    openapi_version,
    paths,
    permissions,
    resource_policies,
    response_headers,
    sampling_rules,
    security_policy,
    templates,
    throttling,
    timeouts,
    transfer_modes,
    unknown_elements,
    unsupported_features,
)
from streaming_construct.rules.checks.functions import (
    function_streaming,
    layers,
    tenants,
    web_adapter,
)
from streaming_construct.rules.deployed import (
    account,
    concurrency,
    drift,
    function_errors,
    readiness,
    traffic,
    web_acl,
)
from streaming_construct.rules.rule import Finding, Rule
from streaming_construct.rules.synth import (
    access,
    arguments,
    functions,
    monitoring,
    openapi,
)
from streaming_construct.rules.synth import endpoint as synth_endpoint

TOPICS: Final[Mapping[str, str]] = {
    "streaming": "Streaming",
    "function": "Functions",
    "integration": "Integrations",
    "web-adapter": "Lambda Web Adapter",
    "timeout": "Timeouts",
    "permission": "Permissions",
    "stream-features": "Features that streaming does not support",
    "route": "Paths, methods and documents",
    "access": "Access",
    "cors": "CORS",
    "throttling": "Throttling and concurrency",
    "endpoint": "Endpoint, domain name and stage",
    "logging": "Logs and metrics",
    "deployment": "Deployments",
    "account": "Account before the first deployment",
    "suppression": "Suppressions",
}
"""The heading of each tag that says what a rule is about, in the order of the documentation."""

PHASES: Final = ("synth", "lint", "doctor", "pre-deploy")
"""The tags that say when a rule is checked; `pre-deploy` is `doctor --pre-deploy`."""

_MODULES: Final = (
    templates,
    openapi_version,
    unknown_elements,
    paths,
    integrations,
    transfer_modes,
    http_apis,
    function_streaming,
    tenants,
    web_adapter,
    layers,
    permissions,
    timeouts,
    unsupported_features,
    throttling,
    authorizers,
    response_headers,
    cors,
    domain_names,
    endpoint,
    resource_policies,
    security_policy,
    logging,
    sampling_rules,
    deployments,
    arguments,
    functions,
    access,
    synth_endpoint,
    openapi,
    monitoring,
    traffic,
    drift,
    concurrency,
    account,
    web_acl,
    function_errors,
    readiness,
    suppression,
)


def rules_of(modules: Iterable[ModuleType]) -> tuple[Rule, ...]:
    """Return the rules that are constants of `modules`, by topic.

    Raises:
        ValueError: Two rules have the same id.
    """
    rules: dict[str, Rule] = {}
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, Rule) and rules.setdefault(value.id, value) is not value:
                raise ValueError(f"rule {value.id} is declared twice. Rename one of the rules.")
    return tuple(sorted(rules.values(), key=lambda rule: list(TOPICS).index(topic(rule))))


def topic(rule: Rule) -> str:
    """Return the one tag of `rule` that is a topic."""
    (tag,) = rule.tags & TOPICS.keys()
    return tag


def phases(rule: Rule) -> tuple[str, ...]:
    """Return the phases in which `rule` is checked, in order."""
    return tuple(phase for phase in PHASES if phase in rule.tags)


RULES: Final[tuple[Rule, ...]] = rules_of(_MODULES)
"""All rules, by topic."""

RULES_BY_ID: Final[Mapping[str, Rule]] = {rule.id: rule for rule in RULES}
"""All rules by their id."""


_Check: TypeAlias = Callable[[Declaration], Iterator[Finding]]


def _of_api(check: Callable[[ApiModel], Iterator[Finding]]) -> _Check:
    return lambda declaration: check(declaration.api)


# In the order in which to fix what they find. True: the check needs only methods and functions.
_CHECKS_IN_ORDER: Final[tuple[tuple[_Check, bool], ...]] = (
    (openapi_version.openapi_version_findings, False),
    (_of_api(paths.path_findings), False),
    (paths.changed_path_findings, False),
    (integrations.integration_findings, True),
    (transfer_modes.transfer_mode_findings, True),
    (function_streaming.streaming_findings, True),
    (function_streaming.runtime_config_findings, True),
    (tenants.tenant_findings, True),
    (web_adapter.web_adapter_findings, True),
    (_of_api(layers.layer_findings), True),
    (permissions.permission_findings, False),
    (timeouts.timeout_findings, True),
    (unsupported_features.unsupported_streaming_feature_findings, False),
    (throttling.throttling_findings, False),
    (authorizers.access_findings, False),
    (_of_api(authorizers.missing_usage_identifier_key_findings), False),
    (_of_api(response_headers.response_header_findings), False),
    (cors.cors_findings, False),
    (endpoint.endpoint_findings, False),
    (resource_policies.resource_policy_findings, False),
    (logging.logging_findings, False),
    (deployments.deployment_findings, False),
    (deployments.stage_findings, False),
    (unknown_elements.unknown_element_findings, True),
)
_CHECKS: Final = tuple(check for check, _ in _CHECKS_IN_ORDER)
# Of an API that another source declares, a template has no more than methods.
_METHOD_CHECKS: Final = tuple(check for check, is_for_methods in _CHECKS_IN_ORDER if is_for_methods)


def findings(declaration: Declaration | HttpApi | Template) -> Iterator[Finding]:
    """Yield every finding about an API or a template, in the order in which to fix them."""
    if isinstance(declaration, Template):
        yield from templates.template_findings(declaration)
        for domain in declaration.domain_names:
            yield from domain_names.domain_name_findings(domain)
        for mapping in declaration.base_path_mappings:
            yield from domain_names.base_path_mapping_findings(mapping)
        for rule in declaration.sampling_rules:
            yield from sampling_rules.sampling_rule_findings(rule)
        yield from unknown_elements.to_findings(declaration.unknown_elements)
        return
    if isinstance(declaration, HttpApi):
        yield from http_apis.http_api_findings(declaration)
        return
    for check in _METHOD_CHECKS if declaration.is_partial else _CHECKS:
        yield from check(declaration)
