"""Convert values of a Terraform plan to values of a CloudFormation template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from streaming_construct.templates.stacks.coercion import as_list, as_mapping
from streaming_construct.templates.stacks.terraform.plan import (
    INVOKE_API_VERSIONS,
    PlanReader,
    PlanResource,
    create_arn_reference,
    create_get_att,
    create_invocation_uri,
    list_references,
)
from streaming_construct.templates.stacks.unresolved import Unresolved

COMMON_ARGUMENTS: Final = frozenset({"id", "region", "rest_api_id", "tags", "timeouts"})


def create_cloudformation_resource(kind: str, **properties: object) -> dict[str, Any]:
    """Return a resource of a type with the properties that have a value."""
    present = {name: value for name, value in properties.items() if value not in (None, [], {})}
    return {"Type": kind, "Properties": present}


def convert_integration_uri(
    reader: PlanReader, resource: PlanResource, name: str, *, streams: bool
) -> object:
    """Return the address of an integration; of an expression, the one that its references mean."""
    if isinstance(planned := resource.values.get(name), str):
        return planned
    called = dict.fromkeys(
        target_attribute for _, target_attribute in reader.find_targets(resource, name)
    )
    for target, attribute in reader.find_targets(resource, name):
        if target.type != "aws_lambda_function" and target.type != "aws_lambda_alias":
            continue
        if (
            attribute in INVOKE_API_VERSIONS
            and len(INVOKE_API_VERSIONS.keys() & called.keys()) == 1
        ):
            return create_get_att(target, attribute)
        return create_invocation_uri(
            create_arn_reference(target), "2021-11-15" if streams else "2015-03-31"
        )
    return Unresolved(f"{resource.address}: {name} is known only once it is applied")


def convert_positive_number(value: object) -> object:
    """Return a number, or None for -1, which means none in Terraform."""
    return None if str(value) in {"", "-1", "-1.0"} else value


def insert_unresolved(value: Any, hidden: object) -> Any:
    """Put `Unresolved` in the places of a value that a plan marks as unknown."""
    if hidden is True:
        return Unresolved("known only once it is applied")
    if isinstance(hidden, Mapping):
        names = {*as_mapping(value), *hidden}
        return {
            name: insert_unresolved(as_mapping(value).get(name), hidden.get(name)) for name in names
        }
    if isinstance(hidden, list):
        return [
            insert_unresolved(item, hidden[number] if number < len(hidden) else None)
            for number, item in enumerate(as_list(value))
        ]
    return value


def capitalize_names(value: Any) -> Any:
    """Return a value of Terraform with the names of its members as CloudFormation writes them."""
    if isinstance(value, Mapping):
        return {
            _convert_to_camel_case(name): capitalize_names(item)
            for name, item in value.items()
            if item not in (None, [], {})
        }
    return [capitalize_names(item) for item in value] if isinstance(value, list) else value


def _convert_to_camel_case(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def find_unknown_arguments(resource: PlanResource, known_names: frozenset[str]) -> dict[str, Any]:
    """Return the arguments that are not known, with names as CloudFormation would have them."""
    return {
        _convert_to_camel_case(name): value
        for name, value in resource.values.items()
        if name not in known_names and value not in (None, [], {}, "")
    }


def add_dependencies(
    reader: PlanReader, resource: PlanResource, converted: dict[str, Any]
) -> dict[str, Any]:
    """Let a resource depend on everything that its arguments name."""
    names = [name for value in resource.expressions.values() for name in list_references(value)]
    before = reader.list_dependencies(resource, [*names, *resource.depends_on])
    return {**converted, "DependsOn": before} if before else converted
