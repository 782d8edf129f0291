"""Reads `AWS::Lambda::ResourcePolicy`: one policy document for a function, version or alias.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-resourcepolicy.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from streaming_construct.model.functions import Permission
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.templates.reader.lambda_functions.policy_texts import (
    UNKNOWN,
    read_text,
    to_sequence,
)
from streaming_construct.templates.resolver.physical_ids import extract_function_name
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import as_mapping
from streaming_construct.templates.stacks.origin import find_origin
from streaming_construct.templates.stacks.unresolved import Unresolved, list_unresolved_reasons

_COMPARISON: Final = re.compile(r"(ForAnyValue:)?(Arn|String)(Like|Equals)(IfExists)?")


@dataclass(frozen=True, kw_only=True)
class LambdaResourcePolicy:
    """A policy, and the function and qualifier that it is for; `function` is `?` if unknown.

    `permissions` is None if what the policy allows is not known.
    """

    function: str
    qualifier: str | None
    permissions: tuple[Permission, ...] | None


def read_lambda_resource_policies(resolver: Resolver) -> Iterator[LambdaResourcePolicy]:
    """Yield the policies of one stack."""
    for logical_id, resource in resolver.list_resources("AWS::Lambda::ResourcePolicy"):
        properties = resolver.properties(resource)
        arn, document = properties.get("ResourceArn"), properties.get("PolicyDocument")
        name = UNKNOWN if isinstance(arn, Unresolved) or arn is None else str(arn)
        qualifier = name.rpartition("function:")[2].partition(":")[2] or None
        permissions: tuple[Permission, ...] | None = None
        if not isinstance(document, Unresolved):
            origin = find_origin(resolver.stack, logical_id)
            permissions = _read_permissions(as_mapping(document), qualifier, origin)
        yield LambdaResourcePolicy(
            function=extract_function_name(name), qualifier=qualifier, permissions=permissions
        )


def _read_permissions(
    document: Mapping[str, Any], qualifier: str | None, origin: SourceLocation
) -> tuple[Permission, ...] | None:
    permissions: list[Permission] = []
    for statement in map(as_mapping, to_sequence(document.get("Statement"))):
        is_denial = statement.get("Effect") == "Deny"
        if is_denial and (statement.get("Condition") or "NotAction" in statement):
            return None  # Such denials are not evaluated.
        if not is_denial and statement.get("Effect") != "Allow":
            return None
        conditions = _read_conditions(statement)
        allowed = product(
            _read_principals(statement.get("Principal")),
            [read_text(action) for action in to_sequence(statement.get("Action"))] or [UNKNOWN],
            conditions["aws:sourcearn"],
            conditions["aws:sourceaccount"],
        )
        permissions += [
            Permission(
                origin=origin,
                action=action or UNKNOWN,
                principal=principal or UNKNOWN,
                qualifier=qualifier,
                source_arn=source_arn,
                source_account=source_account,
                is_denial=is_denial,
            )
            for principal, action, source_arn, source_account in allowed
        ]
    return tuple(permissions)


def _read_principals(principal: object) -> list[str | None]:
    if isinstance(principal, Mapping):
        return [
            read_text(principal_text)
            for names in principal.values()
            for principal_text in to_sequence(names)
        ]
    return [read_text(principal)]


def _read_conditions(statement: Mapping[str, Any]) -> dict[str, list[str | None]]:
    """Return the accepted sources; a condition that is not known makes the ARN unknown."""
    conditions: dict[str, list[str | None]] = {"aws:sourcearn": [None], "aws:sourceaccount": [None]}
    declared = statement.get("Condition")
    if list(list_unresolved_reasons(declared)) and not isinstance(declared, Mapping):
        return {**conditions, "aws:sourcearn": [UNKNOWN]}
    for operator, compared in as_mapping(declared).items():
        for key, values in as_mapping(compared).items():
            if _COMPARISON.fullmatch(operator) and key.lower() in conditions:
                conditions[key.lower()] = [read_text(value) for value in to_sequence(values)]
            else:
                conditions["aws:sourcearn"] = [UNKNOWN]
    return conditions
