"""Convert functions, aliases and permissions of Lambda."""

from __future__ import annotations

from typing import Any

from streaming_construct.templates.stacks.coercion import as_list, as_mapping
from streaming_construct.templates.stacks.terraform.cloudformation_values import (
    capitalize_names,
    convert_positive_number,
    create_cloudformation_resource,
    insert_unresolved,
)
from streaming_construct.templates.stacks.terraform.plan import (
    PlanReader,
    PlanResource,
    create_get_att,
)
from streaming_construct.templates.stacks.unresolved import Unresolved


def to_function(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return a function."""
    return create_cloudformation_resource(
        "AWS::Lambda::Function",
        FunctionName=resource.values.get("function_name"),
        Runtime=resource.values.get("runtime"),
        Handler=resource.values.get("handler"),
        PackageType=resource.values.get("package_type"),
        Timeout=resource.values.get("timeout"),
        MemorySize=resource.values.get("memory_size"),
        Architectures=resource.values.get("architectures"),
        Layers=_convert_layers(reader, resource),
        TenancyConfig=capitalize_names(resource.get_block("tenancy_config")) or None,
        RuntimeConfig=capitalize_names(resource.get_block("runtime_config")) or None,
        Environment={"Variables": _convert_variables(resource)},
        LoggingConfig=_convert_logging_config(resource),
        Code=resource.values.get("filename"),
        ReservedConcurrentExecutions=convert_positive_number(
            resource.values.get("reserved_concurrent_executions")
        ),
    )


def _convert_variables(resource: PlanResource) -> object:
    hidden = resource.unknown.get("environment")
    block = next(iter(as_list(hidden)), None)
    unknown = hidden if hidden is True else as_mapping(block).get("variables")
    return insert_unresolved(resource.get_block("environment").get("variables"), unknown)


def to_alias(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return an alias of a function."""
    return create_cloudformation_resource(
        "AWS::Lambda::Alias",
        FunctionName=reader.resolve_value(resource, "function_name"),
        FunctionVersion=resource.values.get("function_version"),
        Name=resource.values.get("name"),
    )


def _convert_logging_config(resource: PlanResource) -> dict[str, Any] | None:
    block = resource.get_block("logging_config")
    names = {
        "LogFormat": "log_format",
        "ApplicationLogLevel": "application_log_level",
        "LogGroup": "log_group",
    }
    return {name: block.get(key) for name, key in names.items() if block.get(key)} or None


def _convert_layers(reader: PlanReader, resource: PlanResource) -> object:
    if resource.unknown.get("layers") is True or not isinstance(
        resource.values.get("layers", []), list
    ):
        return [
            create_get_att(*target) for target in reader.find_targets(resource, "layers")
        ] or Unresolved("unknown")
    # One of several that is not known is null.
    return [target or Unresolved("unknown") for target in as_list(resource.values.get("layers"))]


def to_permission(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return a statement of the resource-based policy of a function."""
    name, qualifier = (
        reader.resolve_value(resource, "function_name"),
        resource.values.get("qualifier"),
    )
    return create_cloudformation_resource(
        "AWS::Lambda::Permission",
        Action=resource.values.get("action"),
        FunctionName={"Fn::Join": [":", [name, qualifier]]} if qualifier else name,
        Principal=resource.values.get("principal"),
        SourceArn=_convert_source_arn(reader, resource),
        SourceAccount=resource.values.get("source_account"),
    )


def _convert_source_arn(reader: PlanReader, resource: PlanResource) -> object:
    """Return the API that a permission is for, with all methods and paths of it.

    A plan does not show the text around the references. An expression may name a method or a stage
    before the API, or the id of the API in place of its ARN.
    """
    targets = reader.find_targets(resource, "source_arn")
    if resource.values.get("source_arn") is not None or not targets:
        return reader.resolve_value(resource, "source_arn")
    for target, _ in targets:
        owners = [target, *(owner for owner, _ in reader.find_targets(target, "rest_api_id"))]
        for owner in owners:
            if owner.type == "aws_api_gateway_rest_api":
                return create_get_att(owner, "execution_arn")
    return create_get_att(*targets[0])
