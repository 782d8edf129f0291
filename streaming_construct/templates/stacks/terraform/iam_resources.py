"""Convert roles and policies of IAM."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from streaming_construct.templates.stacks.coercion import as_list, as_mapping
from streaming_construct.templates.stacks.json_text import parse_json_text
from streaming_construct.templates.stacks.terraform.cloudformation_values import (
    create_cloudformation_resource,
)
from streaming_construct.templates.stacks.terraform.plan import (
    PlanReader,
    PlanResource,
    create_get_att,
)


def to_role(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return a role with its inline and managed policies."""
    return create_cloudformation_resource(
        "AWS::IAM::Role",
        RoleName=resource.values.get("name"),
        AssumeRolePolicyDocument=reader.read_document(resource, "assume_role_policy"),
        Policies=[
            {"PolicyDocument": _parse_policy(as_mapping(policy).get("policy"))}
            for policy in as_list(resource.values.get("inline_policy"))
        ],
        ManagedPolicyArns=resource.values.get("managed_policy_arns"),
    )


def _parse_policy(text: object) -> object:
    return parse_json_text(text, "the inline policy") if text else {}


def to_role_policy(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return a policy that is attached to roles; its statements are unknown without a document."""
    return create_cloudformation_resource(
        "AWS::IAM::Policy",
        Roles=[*_list_roles(reader, resource)],
        PolicyDocument=reader.read_document(resource, "policy"),
    )


def _list_roles(reader: PlanReader, resource: PlanResource) -> Iterator[object]:
    for argument in ("role", "role_name", "roles"):
        planned = reader.resolve_value(resource, argument)
        for role in as_list(planned) if isinstance(planned, list) else [planned]:
            if role is not None:
                yield role
    # A role that is not known is null in a list.
    yield from (create_get_att(*target) for target in reader.find_targets(resource, "roles"))
