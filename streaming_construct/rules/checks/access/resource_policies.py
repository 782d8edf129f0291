"""Rules on the resource policy of an API: whether it lets the intended callers in.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from streaming_construct.aws.limits import RESOURCE_POLICY_CHARACTERS
from streaming_construct.model.api import ApiModel, EndpointType
from streaming_construct.model.authorization import AuthorizerType
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.source_location import UNKNOWN_LOCATION, SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding, Rule, Severity

RESOURCE_POLICY_CONFLICT: Final = Rule(
    id="resource-policy-conflict",
    severity=Severity.ERROR,
    title="Resource policy does not fit the endpoint",
    what=(
        "A resource policy requires a VPC on a public API, or a source address on a private API. "
        "In CDK, it names VPC endpoints that the API does not have."
    ),
    why=(
        "Only requests to private APIs come through a VPC, and their source addresses are "
        "within it. The policy rejects all requests."
    ),
    fix="Use the conditions that the endpoint type supports.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-aws-condition-keys.html",
    tags=frozenset({"access", "synth", "lint"}),
)


RESOURCE_POLICY_OPEN: Final = Rule(
    id="resource-policy-open",
    severity=Severity.WARNING,
    title="Private API open to all VPC endpoints",
    what="The resource policy of a private API has neither conditions nor principals.",
    why="Any AWS account can create a VPC endpoint and call the API.",
    fix=(
        "Name `vpc_endpoints`, `vpcs`, `vpc_source_ips`, or `principals`, or omit the policy "
        "and set the API's `vpc_endpoints`. Acknowledge the warning if every route has an "
        "authorizer."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html",
    tags=frozenset({"access", "synth", "lint"}),
)


RESOURCE_POLICY_LONG: Final = Rule(
    id="resource-policy-long",
    severity=Severity.WARNING,
    title="Resource policy too long",
    what="The resource policy has more than 8192 characters.",
    why="API Gateway rejects the policy unless AWS raised the quota of the account.",
    fix="Use wider ranges, or move long lists to an IP set of a web ACL.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html",
    tags=frozenset({"access", "synth", "lint"}),
)

RESOURCE_POLICY_DENIES_ALL: Final = Rule(
    id="resource-policy-denies-all",
    severity=Severity.ERROR,
    title="Resource policy that denies all requests",
    what=(
        "The resource policy denies `execute-api:Invoke` to all callers without a condition, or "
        "it allows nothing."
    ),
    why="API Gateway returns 403 for every request.",
    fix="Allow `execute-api:Invoke`, and add a condition to the statement that denies it.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html",
    tags=frozenset({"access", "lint", "doctor"}),
)

_PRIVATE_KEYS: Final = frozenset({"aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"})
_PUBLIC_KEYS: Final = frozenset({"aws:sourceip"})
"""The condition keys that only requests to private APIs have, and only those to public ones."""


def check_resource_policy(declaration: Declaration) -> Iterator[Finding]:
    """Yield the errors of the resource policy of a template or a deployed API."""
    api, subject = declaration.api, Subject("API")
    statements = _list_statements(api)
    if not statements:
        return
    if _is_denying_all(api, statements):
        yield RESOURCE_POLICY_DENIES_ALL.at(
            subject, "the resource policy allows no request", location=api.origin
        )
    is_private = api.endpoint_type is EndpointType.PRIVATE
    other_keys = _PUBLIC_KEYS if is_private else _PRIVATE_KEYS
    if _is_requiring_one_of(other_keys, statements):
        yield RESOURCE_POLICY_CONFLICT.at(
            subject,
            f"the policy requires {' or '.join(sorted(other_keys))}, which no request to an API of "
            f"type {api.endpoint_type.value} has",
            location=api.origin,
        )
    if is_private and _is_open(statements) and declaration.has_streaming_intent:
        yield create_open_policy_warning(location=api.origin)
    yield from check_policy_length(api.resource_policy, location=api.origin)


def create_open_policy_warning(*, location: SourceLocation = UNKNOWN_LOCATION) -> Finding:
    """Return the finding that the policy of a private API admits all VPC endpoints."""
    return RESOURCE_POLICY_OPEN.at(
        Subject("API"),
        "the policy has no condition, so that it allows requests through VPC endpoints of all "
        "accounts",
        location=location,
    )


def check_policy_length(
    policy: object, *, location: SourceLocation = UNKNOWN_LOCATION
) -> Iterator[Finding]:
    """Yield a warning for a policy document that is longer than API Gateway takes by default.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
    """
    # Values that only a deployment knows count as the placeholders that stand for them.
    length = len(json.dumps(policy, separators=(",", ":"), default=str))
    if length > RESOURCE_POLICY_CHARACTERS:
        yield RESOURCE_POLICY_LONG.at(
            Subject("API"),
            f"the policy has about {length} characters, and API Gateway takes "
            f"{RESOURCE_POLICY_CHARACTERS} unless the quota was raised",
            location=location,
        )


def _list_statements(api: ApiModel) -> list[Mapping[str, Any]]:
    """Return the statements of the policy; none if one of them is unknown."""
    declared = (api.resource_policy or {}).get("Statement", ())
    statements = declared if isinstance(declared, list | tuple) else [declared]
    known_statements = [statement for statement in statements if isinstance(statement, Mapping)]
    return known_statements if len(known_statements) == len(statements) else []


def _is_requiring_one_of(keys: frozenset[str], statements: list[Mapping[str, Any]]) -> bool:
    """Return whether the statements deny every request that has none of the condition keys."""
    allowing = [statement for statement in statements if statement.get("Effect") == "Allow"]
    if allowing and all(_list_conditions(statement) & keys for statement in allowing):
        return True
    return any(
        statement.get("Effect") == "Deny"
        and _list_conditions(statement)
        and _list_conditions(statement, negated=True) == _list_conditions(statement)
        and _list_conditions(statement) <= keys
        for statement in statements
    )


def _list_conditions(statement: Mapping[str, Any], *, negated: bool = False) -> set[str]:
    """Return the condition keys in lower case that a request must have, or must not have."""
    conditions = statement.get("Condition")
    return {
        str(key).lower()
        for operator, compared in (conditions if isinstance(conditions, Mapping) else {}).items()
        if not str(operator).endswith("IfExists") and (not negated or "Not" in str(operator))
        for key in (compared if isinstance(compared, Mapping) else {})
    }


def _is_open(statements: list[Mapping[str, Any]]) -> bool:
    has_condition = any(statement.get("Condition") for statement in statements)
    return not has_condition and any(
        statement.get("Effect") == "Allow" and "*" in _list_callers(statement)
        for statement in statements
    )


def _is_denying_all(api: ApiModel, statements: list[Mapping[str, Any]]) -> bool:
    if any(_is_denial_of_all(statement, api) for statement in statements):
        return True
    is_signed = any(
        route.access.authorizer is not None and route.access.authorizer.type is AuthorizerType.IAM
        for route in api.routes
    )
    return not is_signed and all(statement.get("Effect") == "Deny" for statement in statements)


def _is_denial_of_all(statement: Mapping[str, object], api: ApiModel) -> bool:
    """Return whether a statement denies each request to the API, from all callers."""
    if statement.get("Effect") != "Deny" or statement.get("Condition"):
        return False
    actions, resources = (
        _list_strings(statement.get("Action")),
        _list_strings(statement.get("Resource")),
    )
    everything = ("*", "execute-api:/*", "execute-api:/*/*", "execute-api:/*/*/*")
    return (
        "*" in _list_callers(statement)
        and any(action in {"*", "execute-api:*", "execute-api:Invoke"} for action in actions)
        and any(
            resource in everything or resource.endswith(f":{api.id}/*") for resource in resources
        )
    )


def _list_callers(statement: Mapping[str, Any]) -> list[str]:
    principal = statement.get("Principal")
    return _list_strings(principal.get("AWS") if isinstance(principal, Mapping) else principal)


def _list_strings(value: object) -> list[str]:
    values = value if isinstance(value, list | tuple) else [value]
    return [item for item in values if isinstance(item, str)]
