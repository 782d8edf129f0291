"""The roles by which API Gateway invokes functions: their trust policies and permissions.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import chain
from typing import Any, Final

from streaming_construct.aws.managed_policies import MANAGED_POLICIES
from streaming_construct.model.functions import PolicyStatement, Role
from streaming_construct.templates.reader.lambda_functions.policy_texts import (
    UNKNOWN,
    read_text,
    read_texts,
    to_sequence,
)
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import as_list, as_mapping
from streaming_construct.templates.stacks.origin import find_origin
from streaming_construct.templates.stacks.unresolved import Unresolved, list_unresolved_reasons

_INVOKE: Final = "lambda:InvokeFunction"
_AWS_MANAGED: Final = ":iam::aws:policy/"
_ATTACHED_POLICIES: Final = ("AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy")
# Other operators are true for an absent key: those with IfExists, with Not, and Null.
_REQUIRES_KEY: Final = re.compile(r"(ForAnyValue:)?(Arn|String)(Like|Equals|EqualsIgnoreCase)")
_API_GATEWAY: Final = frozenset({"apigateway.amazonaws.com", "*", UNKNOWN})
"""The principals that are API Gateway, or may be."""


@dataclass(frozen=True)
class _AttachedPolicies:
    """The policies that stacks declare apart from their roles, each with its ARN or name."""

    declared: Sequence[tuple[str, Mapping[str, Any]]]

    @property
    def references(self) -> frozenset[str]:
        """The ARNs and names of the policies."""
        return frozenset(reference for reference, _ in self.declared)

    def list_documents(self, role: object, managed: Sequence[str]) -> Iterator[object]:
        """Yield the document of each policy of a role, `Unresolved` where its roles are not known.

        `managed` are the ARNs of the managed policies that the role names.
        """
        for reference, policy in self.declared:
            roles, name = policy.get("Roles"), policy.get("RoleName")
            if role in (*as_list(roles), name) or reference in managed:
                yield policy.get("PolicyDocument")
            yield from map(Unresolved, list_unresolved_reasons([roles, name]))


def read_roles(resolvers: Sequence[Resolver]) -> dict[str, Role]:
    """Return the roles of all stacks by their ARNs, with their policies."""
    attached = _AttachedPolicies(
        [
            (str(resolver.ref(logical_id)), resolver.properties(resource))
            for resolver in resolvers
            for kind in _ATTACHED_POLICIES
            for logical_id, resource in resolver.list_resources(kind)
        ]
    )
    return {
        str(resolver.resolve({"Fn::GetAtt": [logical_id, "Arn"]})): _read_role(
            resolver, logical_id, resource, attached
        )
        for resolver in resolvers
        for logical_id, resource in resolver.list_resources("AWS::IAM::Role")
    }


def _read_role(
    resolver: Resolver,
    logical_id: str,
    resource: Mapping[str, Any],
    attached: _AttachedPolicies,
) -> Role:
    properties = resolver.properties(resource)
    managed = read_texts(properties.get("ManagedPolicyArns"))
    inline = [
        policy if isinstance(policy, Unresolved) else as_mapping(policy).get("PolicyDocument")
        for policy in to_sequence(properties.get("Policies"))
    ]
    documents = [*inline, *attached.list_documents(resolver.ref(logical_id), managed)]
    aws_managed = [arn for arn in managed if arn not in attached.references]
    trust = properties.get("AssumeRolePolicyDocument")
    return Role(
        origin=find_origin(resolver.stack, logical_id),
        services=tuple(_list_services(trust)),
        statements=(
            *chain.from_iterable(map(_read_statements, documents)),
            *chain.from_iterable(map(_read_aws_managed_statements, aws_managed)),
        ),
        trust_conditions=_list_trust_conditions(trust),
        denials=tuple(chain.from_iterable(map(_list_denials, documents))),
    )


def _read_aws_managed_statements(arn: str) -> Iterator[PolicyStatement]:
    """Yield the statements of a policy that AWS manages, or an unknown one."""
    name = arn.partition(_AWS_MANAGED)[2]
    for actions, resources in MANAGED_POLICIES.get(name, (((UNKNOWN,), (UNKNOWN,)),)):
        yield PolicyStatement(actions=actions, resources=resources)


def _read_statements(document: object) -> Iterator[PolicyStatement]:
    if _has_unknown_statement(document):
        yield PolicyStatement(actions=(UNKNOWN,), resources=(UNKNOWN,))
    for statement in _list_statements(document):
        if statement.get("Effect") == "Allow":
            # A statement with NotResource is not evaluated.
            resources = (
                (UNKNOWN,) if "NotResource" in statement else read_texts(statement.get("Resource"))
            )
            yield PolicyStatement(actions=_read_actions(statement), resources=resources)


def _has_unknown_statement(document: object) -> bool:
    declared = as_mapping(document).get("Statement")
    statements = to_sequence(declared)
    effects = (as_mapping(statement).get("Effect") for statement in statements)
    return any(isinstance(part, Unresolved) for part in (document, *statements, *effects))


def _list_denials(document: object) -> Iterator[PolicyStatement]:
    for statement in _list_statements(document):
        if statement.get("Effect") == "Deny" and not statement.get("Condition"):
            yield PolicyStatement(
                actions=_read_actions(statement), resources=read_texts(statement.get("Resource"))
            )


def _read_actions(statement: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the actions of a statement; with `NotAction`, all or none for an invocation."""
    if "NotAction" not in statement:
        return read_texts(statement.get("Action"))
    excluded = read_texts(statement.get("NotAction"))
    if UNKNOWN in excluded:
        return (UNKNOWN,)
    is_excluded = any(fnmatchcase(_INVOKE.lower(), pattern.lower()) for pattern in excluded)
    return () if is_excluded else ("*",)


def _list_statements(document: object) -> Iterator[Mapping[str, Any]]:
    yield from map(as_mapping, to_sequence(as_mapping(document).get("Statement")))


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
            yield from read_texts(names)
    elif principal is not None:
        yield read_text(principal) or UNKNOWN
