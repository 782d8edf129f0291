"""Permissions to invoke a function, and the policies of a template's roles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import chain
from typing import Any, Final

from streaming_construct.aws.managed_policies import MANAGED_POLICIES
from streaming_construct.model.functions import Permission, PolicyStatement, Role
from streaming_construct.templates.reader.lambda_functions.lambda_resource_policies import (
    LambdaResourcePolicy,
    read_lambda_resource_policies,
)
from streaming_construct.templates.resolver.physical_ids import extract_function_name
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import as_list, as_mapping
from streaming_construct.templates.stacks.origin import find_origin
from streaming_construct.templates.stacks.unresolved import Unresolved, list_unresolved_reasons

_INVOKE: Final = "lambda:InvokeFunction"
_AWS_MANAGED: Final = ":iam::aws:policy/"
# Other operators are true for an absent key: those with IfExists, with Not, and Null.
_REQUIRES_KEY: Final = re.compile(r"(ForAnyValue:)?(Arn|String)(Like|Equals|EqualsIgnoreCase)")
_API_GATEWAY: Final = frozenset({"apigateway.amazonaws.com", "*", "?"})
"""The principals that are API Gateway, or may be."""


class Permissions:
    """The `AWS::Lambda::Permission`s and resource policies of stacks, by function.

    A resource policy replaces the permissions of the same function and qualifier.
    """

    def __init__(self, resolvers: Sequence[Resolver]) -> None:
        self._by_function: dict[str, list[Permission]] = {}
        self._policies: dict[str, list[LambdaResourcePolicy]] = {}
        for resolver in resolvers:
            for policy in read_lambda_resource_policies(resolver):
                self._policies.setdefault(policy.function, []).append(policy)
            for logical_id, resource in resolver.list_resources("AWS::Lambda::Permission"):
                properties = resolver.properties(resource)
                function_name = _read_string(properties.get("FunctionName")) or "?"
                permission = Permission(
                    origin=find_origin(resolver.stack, logical_id),
                    action=_read_string(properties.get("Action")) or "?",
                    principal=_read_string(properties.get("Principal")) or "?",
                    qualifier=_extract_qualifier(function_name),
                    source_arn=_read_string(properties.get("SourceArn")),
                    source_account=_read_string(properties.get("SourceAccount")),
                )
                self._by_function.setdefault(extract_function_name(function_name), []).append(
                    permission
                )

    def read_permissions(self, name: str) -> tuple[Permission, ...] | None:
        """Return the permissions of the function of that name; None where one may be hidden."""
        if "?" in self._by_function or "?" in self._policies:
            return None
        permissions = [
            permission
            for permission in self._by_function.get(name, ())
            if not self._is_overwritten(name, permission)
        ]
        for policy in self._policies.get(name, ()):
            if policy.permissions is None:
                return None
            permissions += policy.permissions
        return tuple(permissions)

    def read_overwritten_permissions(self, name: str) -> tuple[Permission, ...]:
        """Return the permissions of a function that a resource policy replaces."""
        declared = self._by_function.get(name, ())
        return tuple(
            permission for permission in declared if self._is_overwritten(name, permission)
        )

    def _is_overwritten(self, name: str, permission: Permission) -> bool:
        policies = self._policies.get(name, ())
        return any(policy.qualifier == permission.qualifier for policy in policies)


def read_roles(resolvers: Sequence[Resolver]) -> dict[str, Role]:
    """Return the roles of all stacks by their ARNs, with their policies."""
    roles: dict[str, Role] = {}
    attached = [
        (str(resolver.ref(logical_id)), resolver.properties(resource))
        for resolver in resolvers
        for kind in ("AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy")
        for logical_id, resource in resolver.list_resources(kind)
    ]
    unknown_targets = list(
        chain.from_iterable(
            list_unresolved_reasons([policy.get("Roles"), policy.get("RoleName")])
            for _, policy in attached
        )
    )
    for resolver in resolvers:
        for logical_id, resource in resolver.list_resources("AWS::IAM::Role"):
            properties = resolver.properties(resource)
            name = resolver.ref(logical_id)
            managed = _read_strings(properties.get("ManagedPolicyArns"))
            inline = [
                policy
                if isinstance(policy, Unresolved)
                else as_mapping(policy).get("PolicyDocument")
                for policy in _to_sequence(properties.get("Policies"))
            ]
            separate = [
                policy.get("PolicyDocument")
                for reference, policy in attached
                if name in (*as_list(policy.get("Roles")), policy.get("RoleName"))
                or reference in managed
            ]
            separate += [Unresolved(reason) for reason in unknown_targets]
            documents = [*inline, *separate]
            trust = properties.get("AssumeRolePolicyDocument")
            attached_roles = {reference for reference, _ in attached}
            arn = resolver.resolve({"Fn::GetAtt": [logical_id, "Arn"]})
            roles[str(arn)] = Role(
                origin=find_origin(resolver.stack, logical_id),
                services=tuple(_list_services(trust)),
                statements=(
                    *chain.from_iterable(map(_read_statements, documents)),
                    *chain.from_iterable(
                        _read_aws_managed_statements(arn)
                        for arn in managed
                        if arn not in attached_roles
                    ),
                ),
                trust_conditions=_list_trust_conditions(trust),
                denials=tuple(chain.from_iterable(map(_list_denials, documents))),
            )
    return roles


def _read_aws_managed_statements(arn: str) -> Iterator[PolicyStatement]:
    """Yield the statements of a policy that AWS manages, or an unknown one."""
    name = arn.partition(_AWS_MANAGED)[2]
    for actions, resources in MANAGED_POLICIES.get(name, ((("?",), ("?",)),)):
        yield PolicyStatement(actions=actions, resources=resources)


def _read_statements(document: object) -> Iterator[PolicyStatement]:
    if _has_unknown_statement(document):
        yield PolicyStatement(actions=("?",), resources=("?",))
    for statement in _list_statements(document):
        if statement.get("Effect") == "Allow":
            # A statement with NotResource is not evaluated.
            resources = (
                ("?",) if "NotResource" in statement else _read_strings(statement.get("Resource"))
            )
            yield PolicyStatement(actions=_read_actions(statement), resources=resources)


def _has_unknown_statement(document: object) -> bool:
    declared = as_mapping(document).get("Statement")
    statements = _to_sequence(declared)
    effects = (as_mapping(statement).get("Effect") for statement in statements)
    return any(isinstance(part, Unresolved) for part in (document, *statements, *effects))


def _list_denials(document: object) -> Iterator[PolicyStatement]:
    for statement in _list_statements(document):
        if statement.get("Effect") == "Deny" and not statement.get("Condition"):
            yield PolicyStatement(
                actions=_read_actions(statement), resources=_read_strings(statement.get("Resource"))
            )


def _read_actions(statement: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the actions of a statement; with `NotAction`, all or none for an invocation."""
    if "NotAction" not in statement:
        return _read_strings(statement.get("Action"))
    excluded = _read_strings(statement.get("NotAction"))
    if "?" in excluded:
        return ("?",)
    is_excluded = any(fnmatchcase(_INVOKE.lower(), pattern.lower()) for pattern in excluded)
    return () if is_excluded else ("*",)


def _list_statements(document: object) -> Iterator[Mapping[str, Any]]:
    yield from map(as_mapping, _to_sequence(as_mapping(document).get("Statement")))


def _list_trust_conditions(document: object) -> tuple[str, ...]:
    """Return the condition keys that must be there for API Gateway to assume a role."""
    keys: list[str] = []
    for statement in _list_statements(document):
        principals = _list_principals(statement.get("Principal"))
        if statement.get("Effect") != "Allow" or not _API_GATEWAY & set(principals):
            continue
        conditions = statement.get("Condition")
        if not conditions or isinstance(conditions, Unresolved):
            return ()
        for operator, compared in as_mapping(conditions).items():
            if _REQUIRES_KEY.fullmatch(str(operator)):
                keys += [str(key).lower() for key in as_mapping(compared)]
    return tuple(dict.fromkeys(keys))


def _list_services(document: object) -> Iterator[str]:
    for statement in _list_statements(document):
        if statement.get("Effect") != "Deny":
            yield from _list_principals(statement.get("Principal"))


def _list_principals(principal: object) -> Iterator[str]:
    """Yield the services, accounts and other principals of a statement."""
    if isinstance(principal, Mapping):
        for names in principal.values():
            yield from _read_strings(names)
    elif principal is not None:
        yield _read_string(principal) or "?"


def _read_strings(value: object) -> tuple[str, ...]:
    return tuple(_read_string(item) or "?" for item in _to_sequence(value))


def _to_sequence(value: object) -> Sequence[object]:
    """Return the items of a list, or a value as the only item."""
    if value is None:
        return ()
    return as_list(value) if isinstance(value, list | tuple) else (value,)


def _read_string(value: object) -> str | None:
    """Return a text, `"?"` for one that is not known, None for none."""
    if isinstance(value, Unresolved):
        return "?"
    return None if value is None else str(value)


def _extract_qualifier(function_name: str) -> str | None:
    """Return the version or alias of a function given by name or ARN."""
    tail = function_name.rpartition("function:")[2]
    return tail.partition(":")[2] or None
