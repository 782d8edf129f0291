"""`Permissions`: the statements of the resource-based policies of functions."""

from __future__ import annotations

from collections.abc import Sequence

from streaming_construct.model.functions import Permission
from streaming_construct.templates.reader.lambda_functions.lambda_resource_policies import (
    LambdaResourcePolicy,
    read_lambda_resource_policies,
)
from streaming_construct.templates.reader.lambda_functions.policy_texts import UNKNOWN, read_text
from streaming_construct.templates.resolver.physical_ids import extract_function_name
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.origin import find_origin


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
                function_name = read_text(properties.get("FunctionName")) or UNKNOWN
                permission = Permission(
                    origin=find_origin(resolver.stack, logical_id),
                    action=read_text(properties.get("Action")) or UNKNOWN,
                    principal=read_text(properties.get("Principal")) or UNKNOWN,
                    qualifier=_extract_qualifier(function_name),
                    source_arn=read_text(properties.get("SourceArn")),
                    source_account=read_text(properties.get("SourceAccount")),
                )
                self._by_function.setdefault(extract_function_name(function_name), []).append(
                    permission
                )

    def read_permissions(self, name: str) -> tuple[Permission, ...] | None:
        """Return the permissions of the function of that name; None where one may be hidden."""
        if UNKNOWN in self._by_function or UNKNOWN in self._policies:
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


def _extract_qualifier(function_name: str) -> str | None:
    """Return the version or alias of a function given by name or ARN."""
    tail = function_name.rpartition("function:")[2]
    return tail.partition(":")[2] or None
