"""Convert deployments, stages and usage plans."""

from __future__ import annotations

from typing import Any, Final

from streaming_construct.templates.stacks.cloud_assembly import REPLACED_ON_CHANGE
from streaming_construct.templates.stacks.coercion import as_list, as_mapping
from streaming_construct.templates.stacks.terraform.cloudformation_values import (
    add_dependencies,
    convert_positive_number,
    create_cloudformation_resource,
)
from streaming_construct.templates.stacks.terraform.plan import (
    INDEX,
    PlanReader,
    PlanResource,
    list_references,
)

_REST_API: Final = "aws_api_gateway_rest_api"


def to_deployment(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return a deployment with its dependencies."""
    before = [*resource.depends_on, *list_references(resource.expressions.get("triggers"))]
    bare = {resource.module + ".".join(INDEX.sub("", name).split(".")[:2]) for name in before}
    deployment = create_cloudformation_resource(
        "AWS::ApiGateway::Deployment",
        RestApiId=reader.resolve_value(resource, "rest_api_id"),
        StageName=resource.values.get("stage_name"),
    )
    deployment["DependsOn"] = [
        address for address in reader.resources if INDEX.sub("", address) in bare
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
        MethodSettings=[
            _convert_method_setting(other)
            for other in reader.resources.values()
            if other.type == "aws_api_gateway_method_settings"
            and reader.resolve_value(other, "rest_api_id") == api
        ],
    )


def _convert_method_setting(resource: PlanResource) -> dict[str, Any]:
    path, _, method = str(resource.values.get("method_path")).rpartition("/")
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
        ApiStages=[
            {
                "ApiId": api_stage.get("api_id") or (api and {"Ref": api.address}),
                "Stage": api_stage.get("stage"),
            }
            for api_stage in map(as_mapping, as_list(resource.values.get("api_stages")))
        ],
    )
    return add_dependencies(reader, resource, converted)
