"""All rules, and the findings of the rules that need only a model."""

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
from streaming_construct.rules.checks.access import (
    authorizers,
    credential_headers,
    request_validators,
    resource_policies,
    usage_plans,
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

PHASE_TAGS: Final = ("synth", "lint", "doctor", "pre-deploy")
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
    usage_plans,
    request_validators,
    response_headers,
    credential_headers,
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


def collect_rules(modules: Iterable[ModuleType]) -> tuple[Rule, ...]:
    """Return the rules that are constants of `modules`, by topic.

    Raises:
        ValueError: Two rules have the same id.
    """
    rules: dict[str, Rule] = {}
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, Rule) and rules.setdefault(value.id, value) is not value:
                raise ValueError(f"rule {value.id} is declared twice. Rename one of the rules.")
    return tuple(sorted(rules.values(), key=lambda rule: list(TOPICS).index(get_topic(rule))))


def get_topic(rule: Rule) -> str:
    """Return the one tag of `rule` that is a topic."""
    (tag,) = rule.tags & TOPICS.keys()
    return tag


def list_phases(rule: Rule) -> tuple[str, ...]:
    """Return the phases in which `rule` is checked, in order."""
    return tuple(phase for phase in PHASE_TAGS if phase in rule.tags)


RULES: Final[tuple[Rule, ...]] = collect_rules(_MODULES)
"""All rules, by topic."""

RULES_BY_ID: Final[Mapping[str, Rule]] = {rule.id: rule for rule in RULES}
"""All rules by their id."""


_Check: TypeAlias = Callable[[Declaration], Iterator[Finding]]


def _adapt_api_check(check: Callable[[ApiModel], Iterator[Finding]]) -> _Check:
    return lambda declaration: check(declaration.api)


# In the order in which to fix their findings. True: the check needs only methods and functions.
_CHECKS_IN_ORDER: Final[tuple[tuple[_Check, bool], ...]] = (
    (openapi_version.check_openapi_version, False),
    (_adapt_api_check(paths.check_paths), False),
    (paths.check_changed_paths, False),
    (integrations.check_integrations, True),
    (transfer_modes.check_transfer_modes, True),
    (function_streaming.check_streaming, True),
    (function_streaming.check_runtime_config, True),
    (tenants.check_tenants, True),
    (web_adapter.check_web_adapter, True),
    (_adapt_api_check(layers.check_layers), True),
    (permissions.check_permissions, False),
    (timeouts.check_timeouts, True),
    (unsupported_features.check_unsupported_features, False),
    (throttling.check_throttling, False),
    (authorizers.check_authorizers, False),
    (usage_plans.check_usage_plans, False),
    (request_validators.check_request_validators, False),
    (credential_headers.check_credential_headers, False),
    (_adapt_api_check(response_headers.check_response_headers), False),
    (cors.check_cors, False),
    (endpoint.check_endpoint, False),
    (resource_policies.check_resource_policy, False),
    (logging.check_logging, False),
    (deployments.check_deployment, False),
    (deployments.check_stages, False),
    (unknown_elements.check_unknown_elements, True),
)
_CHECKS: Final = tuple(check for check, _ in _CHECKS_IN_ORDER)
# Of an API that another source declares, a template has no more than methods.
_METHOD_CHECKS: Final = tuple(check for check, is_for_methods in _CHECKS_IN_ORDER if is_for_methods)


def check_declaration(declaration: Declaration | HttpApi | Template) -> Iterator[Finding]:
    """Yield every finding about an API or a template, in the order in which to fix them."""
    if isinstance(declaration, Template):
        yield from templates.check_template(declaration)
        for domain in declaration.domain_names:
            yield from domain_names.check_domain_name(domain)
        for mapping in declaration.base_path_mappings:
            yield from domain_names.check_base_path_mapping(mapping)
        for rule in declaration.sampling_rules:
            yield from sampling_rules.check_sampling_rule(rule)
        yield from unknown_elements.create_findings(declaration.unknown_elements)
        return
    if isinstance(declaration, HttpApi):
        yield from http_apis.check_http_api(declaration)
        return
    for check in _METHOD_CHECKS if declaration.is_partial else _CHECKS:
        yield from check(declaration)
