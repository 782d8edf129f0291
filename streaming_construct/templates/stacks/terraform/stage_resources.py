"""Convert deployments, stages and usage plans."""

from __future__ import annotations

from typing import Any, Final

from streaming_construct.templates.stacks.cloud_assembly import REPLACED_ON_CHANGE
from streaming_construct.templates.stacks.coercion import as_list, as_mapping
from streaming_construct.templates.stacks.terraform.cloudformation_values import (
    add_dependencies,
    capitalize_names,
    convert_positive_number,
    create_cloudformation_resource,
    insert_unresolved,
)
from streaming_construct.templates.stacks.terraform.plan import (
    PlanReader,
    PlanResource,
    list_references,
)
from streaming_construct.templates.stacks.unresolved import Unresolved

_STAGE: Final = "aws_api_gateway_stage"
_REST_API: Final = "aws_api_gateway_rest_api"


def to_deployment(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return a deployment with its dependencies."""
    names = [*resource.depends_on, *list_references(resource.expressions.get("triggers"))]
    deployment = create_cloudformation_resource(
        "AWS::ApiGateway::Deployment",
        RestApiId=reader.resolve_value(resource, "rest_api_id"),
        StageName=resource.values.get("stage_name"),
    )
    deployment["DependsOn"] = [
        address
        for address in reader.list_dependencies(resource, names)
        if reader.resources[address].type != _STAGE
    ]
    if resource.values.get("triggers") or resource.unknown.get("triggers"):
        deployment["Metadata"] = {REPLACED_ON_CHANGE: "triggers"}
    return deployment


def to_stage(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return a stage with the method settings of other Terraform resources."""
    name = resource.values.get("stage_name")
    api = reader.resolve_value(resource, "rest_api_id")
    log = resource.get_block("access_log_settings")
    return create_cloudformation_resource(
        "AWS::ApiGateway::Stage",
        RestApiId=api,
        StageName=name,
        DeploymentId=reader.resolve_value(resource, "deployment_id"),
        AccessLogSetting={"Format": log.get("format")} if log else None,
        CacheClusterEnabled=resource.values.get("cache_cluster_enabled"),
        TracingEnabled=resource.values.get("xray_tracing_enabled"),
        Variables=insert_unresolved(
            resource.values.get("variables"), resource.unknown.get("variables")
        ),
        CanarySetting=resource.get_block("canary_settings"),
        MethodSettings=[
            _convert_method_setting(other)
            for other in reader.resources.values()
            if other.type == "aws_api_gateway_method_settings"
            and reader.resolve_value(other, "rest_api_id") == api
            and _is_of_stage(reader, other, resource)
        ],
    )


def _is_of_stage(reader: PlanReader, settings: PlanResource, stage: PlanResource) -> bool:
    """Return whether method settings are for a stage; true if their stage is not known."""
    names = [resource.values.get("stage_name") for resource in (settings, stage)]
    if None not in names:
        return names[0] == names[1]
    targets = [target.address for target, _ in reader.find_targets(settings, "stage_name")]
    return not targets or stage.address in targets


def _convert_method_setting(resource: PlanResource) -> object:
    written = resource.values.get("method_path")
    if not isinstance(written, str):
        return Unresolved(f"{resource.address}: method_path is known only once it is applied")
    path, _, method = written.rpartition("/")
    setting = {
        # Terraform documents `path/METHOD`, and takes the escaped form of the API too.
        "ResourcePath": "/*" if path == "*" else "/~1" + path.replace("/", "~1").removeprefix("~1"),
        "HttpMethod": method,
        "ThrottlingRateLimit": convert_positive_number(
            resource.flat_values.get("throttling_rate_limit")
        ),
        "ThrottlingBurstLimit": convert_positive_number(
            resource.flat_values.get("throttling_burst_limit")
        ),
        "CachingEnabled": resource.flat_values.get("caching_enabled"),
    }
    return {name: value for name, value in setting.items() if value is not None}


def to_usage_plan(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return a usage plan."""
    targets = [target for target, _ in reader.find_targets(resource, "api_stages")]
    api = next((target for target in targets if target.type == _REST_API), None)
    converted = create_cloudformation_resource(
        "AWS::ApiGateway::UsagePlan",
        UsagePlanName=resource.values.get("name"),
        Throttle=capitalize_names(resource.get_block("throttle_settings")),
        Quota=capitalize_names(resource.get_block("quota_settings")),
        ApiStages=[
            {
                "ApiId": api_stage.get("api_id") or (api and {"Ref": api.address}),
                "Stage": api_stage.get("stage"),
                "Throttle": {
                    str(throttle.get("path")): capitalize_names(throttle)
                    for throttle in map(as_mapping, as_list(api_stage.get("throttle")))
                },
            }
            for api_stage in map(as_mapping, as_list(resource.values.get("api_stages")))
        ],
    )
    return add_dependencies(reader, resource, converted)
