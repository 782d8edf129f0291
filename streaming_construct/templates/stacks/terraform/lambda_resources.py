"""Convert functions, aliases and permissions of Lambda."""

from __future__ import annotations

from typing import Any

from streaming_construct.templates.stacks.coercion import as_list, as_mapping
from streaming_construct.templates.stacks.terraform.cloudformation_values import (
    cloudformation_resource,
    positive_number,
    with_capitalized_names,
)
from streaming_construct.templates.stacks.terraform.plan import (
    PlanReader,
    PlanResource,
    attribute_of,
)
from streaming_construct.templates.stacks.unresolved import Unresolved


def to_function(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return a function."""
    hidden = as_list(resource.unknown.get("environment"))
    unknown = as_mapping(as_mapping(next(iter(hidden), None)).get("variables"))
    reason = Unresolved("known only once it is applied")
    variables = {
        **as_mapping(resource.block("environment").get("variables")),
        **{name: reason for name, is_unknown in unknown.items() if is_unknown},
    }
    return cloudformation_resource(
        "AWS::Lambda::Function",
        FunctionName=resource.values.get("function_name"),
        Runtime=resource.values.get("runtime"),
        Handler=resource.values.get("handler"),
        PackageType=resource.values.get("package_type"),
        Timeout=resource.values.get("timeout"),
        MemorySize=resource.values.get("memory_size"),
        Architectures=resource.values.get("architectures"),
        Layers=_layers(reader, resource),
        TenancyConfig=with_capitalized_names(resource.block("tenancy_config")) or None,
        RuntimeConfig=with_capitalized_names(resource.block("runtime_config")) or None,
        Environment={"Variables": variables},
        LoggingConfig=_logging_config(resource),
        Code=resource.values.get("filename"),
        ReservedConcurrentExecutions=positive_number(
            resource.values.get("reserved_concurrent_executions")
        ),
    )


def to_alias(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return an alias of a function."""
    return cloudformation_resource(
        "AWS::Lambda::Alias",
        FunctionName=reader.value(resource, "function_name"),
        FunctionVersion=resource.values.get("function_version"),
        Name=resource.values.get("name"),
    )


def _logging_config(resource: PlanResource) -> dict[str, Any] | None:
    block = resource.block("logging_config")
    names = {
        "LogFormat": "log_format",
        "ApplicationLogLevel": "application_log_level",
        "LogGroup": "log_group",
    }
    return {name: block.get(key) for name, key in names.items() if block.get(key)} or None


def _layers(reader: PlanReader, resource: PlanResource) -> object:
    if resource.unknown.get("layers") is True or not isinstance(
        resource.values.get("layers", []), list
    ):
        return [
            attribute_of(*target) for target in reader.targets(resource, "layers")
        ] or Unresolved("unknown")
    # One of several that is not known is null.
    return [target or Unresolved("unknown") for target in as_list(resource.values.get("layers"))]


def to_permission(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return a statement of the resource-based policy of a function."""
    name, qualifier = reader.value(resource, "function_name"), resource.values.get("qualifier")
    return cloudformation_resource(
        "AWS::Lambda::Permission",
        Action=resource.values.get("action"),
        FunctionName={"Fn::Join": [":", [name, qualifier]]} if qualifier else name,
        Principal=resource.values.get("principal"),
        SourceArn=reader.value(resource, "source_arn"),
        SourceAccount=resource.values.get("source_account"),
    )
