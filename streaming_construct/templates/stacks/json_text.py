"""Properties of the type Json, which CloudFormation accepts as text, too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from streaming_construct.documents.bounds import parse_bounded_json
from streaming_construct.templates.stacks.coercion import as_list, as_mapping
from streaming_construct.templates.stacks.unresolved import Unresolved

_POLICY: Final = ("PolicyDocument",)
_JSON_PROPERTIES: Final[Mapping[str, tuple[str, ...]]] = {
    "AWS::ApiGateway::RestApi": ("Body", "Policy"),
    "AWS::IAM::ManagedPolicy": _POLICY,
    "AWS::IAM::Policy": _POLICY,
    "AWS::IAM::Role": ("AssumeRolePolicyDocument",),
    "AWS::IAM::RolePolicy": _POLICY,
    "AWS::Lambda::ResourcePolicy": _POLICY,
}


def parse_json_text(value: object, name: str) -> object:
    """Parse a value if it is text; the reason why it is no JSON calls it `name`."""
    try:
        return parse_bounded_json(value) if isinstance(value, str) else value
    except ValueError as error:
        return Unresolved(f"{name} cannot be read as JSON: {error}")


def parse_json_properties(kind: str, properties: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the resolved properties of a resource type without JSON as text."""
    parsed = {
        name: parse_json_text(properties[name], name)
        for name in _JSON_PROPERTIES.get(kind, ())
        if isinstance(properties.get(name), str)
    }
    if kind == "AWS::IAM::Role" and as_list(properties.get("Policies")):
        parsed["Policies"] = [
            {**policy, "PolicyDocument": parse_json_text(policy["PolicyDocument"], "a policy")}
            if "PolicyDocument" in as_mapping(policy)
            else policy
            for policy in properties["Policies"]
        ]
    return {**properties, **parsed} if parsed else properties
