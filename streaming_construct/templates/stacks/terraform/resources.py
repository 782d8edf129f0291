"""Terraform resources as CloudFormation resources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from streaming_construct.documents.bounds import parse_bounded_json
from streaming_construct.templates.stacks.cloud_assembly import REPLACED_ON_CHANGE
from streaming_construct.templates.stacks.coercion import as_list, as_mapping
from streaming_construct.templates.stacks.terraform.plan import (
    INDEX,
    INVOKE_API_VERSIONS,
    PlanReader,
    PlanResource,
    attribute_of,
    invocation_uri,
    references_in,
)
from streaming_construct.templates.stacks.unresolved import Unresolved

_TIMEOUT: Final = "timeout_milliseconds"


def _uri(reader: PlanReader, resource: PlanResource, name: str, *, streams: bool) -> object:
    """Return the address of an integration; what an expression leaves open is taken as meant."""
    if isinstance(known := resource.values.get(name), str):
        return known
    called = dict.fromkeys(each for _, each in reader.targets(resource, name))
    for target, attribute in reader.targets(resource, name):
        if target.type != "aws_lambda_function" and target.type != "aws_lambda_alias":
            continue
        if (
            attribute in INVOKE_API_VERSIONS
            and len(INVOKE_API_VERSIONS.keys() & called.keys()) == 1
        ):
            return attribute_of(target, attribute)
        arn = {"Fn::GetAtt": [target.address, "Arn"]}
        return invocation_uri(arn, "2021-11-15" if streams else "2015-03-31")
    return Unresolved(f"{resource.address}: {name} is known only once it is applied")


def _typed(kind: str, **properties: object) -> dict[str, Any]:
    given = {name: value for name, value in properties.items() if value not in (None, [], {})}
    return {"Type": kind, "Properties": given}


def _rest_api(reader: PlanReader, it: PlanResource) -> dict[str, Any]:
    body = None
    if "body" in it.expressions or it.values.get("body"):
        body = reader.document(it, "body")
        if isinstance(body, Unresolved):
            reader.notes.append(f"{body}: its routes are not judged")
    return _typed(
        "AWS::ApiGateway::RestApi",
        Name=it.values.get("name"),
        Body=body,
        EndpointConfiguration={"Types": types}
        if (types := it.block("endpoint_configuration").get("types"))
        else None,
        MinimumCompressionSize=_positive(it.values.get("minimum_compression_size")),
        BinaryMediaTypes=it.values.get("binary_media_types"),
    )


def _positive(value: object) -> object:
    """Return a number, or None for -1, which is Terraform's for none."""
    return None if str(value) in {"", "-1", "-1.0"} else value


def _resource(reader: PlanReader, it: PlanResource) -> dict[str, Any]:
    return _typed(
        "AWS::ApiGateway::Resource",
        RestApiId=reader.value(it, "rest_api_id"),
        ParentId=reader.value(it, "parent_id"),
        PathPart=it.values.get("path_part"),
    )


def _integration(reader: PlanReader, it: PlanResource) -> dict[str, Any]:
    """Return the method of an integration, with what other resources add to both."""
    mode = it.values.get("response_transfer_mode")
    # A plan shows the provider's default where nothing is written.
    written = _TIMEOUT in it.expressions or not it.expressions
    method = next(_sibling_resources(reader, it, "aws_api_gateway_method"), it)
    responses = [
        {
            "StatusCode": each.values.get("status_code"),
            "ResponseParameters": each.values.get("response_parameters"),
            "ResponseTemplates": each.values.get("response_templates"),
            "SelectionPattern": each.values.get("selection_pattern"),
        }
        for each in _sibling_resources(reader, it, "aws_api_gateway_integration_response")
    ]
    return _typed(
        "AWS::ApiGateway::Method",
        RestApiId=reader.value(it, "rest_api_id"),
        ResourceId=reader.value(it, "resource_id"),
        HttpMethod=it.values.get("http_method"),
        AuthorizationType="NONE",
        ApiKeyRequired=method.values.get("api_key_required"),
        Integration={
            "Type": it.values.get("type"),
            "IntegrationHttpMethod": reader.value(it, "integration_http_method"),
            "ConnectionType": reader.value(it, "connection_type"),
            "ConnectionId": reader.value(it, "connection_id"),
            "RequestParameters": it.values.get("request_parameters"),
            "Uri": _uri(reader, it, "uri", streams=mode == "STREAM"),
            "Credentials": reader.value(it, "credentials"),
            "ResponseTransferMode": mode,
            "TimeoutInMillis": it.values.get(_TIMEOUT) if written else None,
            "ContentHandling": it.values.get("content_handling") or None,
            "IntegrationResponses": responses,
        },
    )


def _sibling_resources(reader: PlanReader, it: PlanResource, kind: str) -> Iterator[PlanResource]:
    """Yield the resources of another type for the method of an integration."""
    of = reader.value(it, "resource_id"), it.values.get("http_method")
    for each in reader.resources.values():
        about = reader.value(each, "resource_id"), each.values.get("http_method")
        if each.type == kind and about == of:
            yield each


def _deployment(reader: PlanReader, it: PlanResource) -> dict[str, Any]:
    before = [*it.depends_on, *references_in(it.expressions.get("triggers"))]
    bare = {it.module + ".".join(INDEX.sub("", name).split(".")[:2]) for name in before}
    made = _typed(
        "AWS::ApiGateway::Deployment",
        RestApiId=reader.value(it, "rest_api_id"),
        StageName=it.values.get("stage_name"),
    )
    made["DependsOn"] = [address for address in reader.resources if INDEX.sub("", address) in bare]
    if it.values.get("triggers") or it.unknown.get("triggers"):
        made["Metadata"] = {REPLACED_ON_CHANGE: "triggers"}
    return made


def _stage(reader: PlanReader, it: PlanResource) -> dict[str, Any]:
    name = it.values.get("stage_name")
    api = reader.value(it, "rest_api_id")
    log = it.block("access_log_settings")
    return _typed(
        "AWS::ApiGateway::Stage",
        RestApiId=api,
        StageName=name,
        DeploymentId=reader.value(it, "deployment_id"),
        AccessLogSetting={"Format": log.get("format")} if log else None,
        CacheClusterEnabled=it.values.get("cache_cluster_enabled"),
        TracingEnabled=it.values.get("xray_tracing_enabled"),
        MethodSettings=[
            _method_setting(each)
            for each in reader.resources.values()
            if each.type == "aws_api_gateway_method_settings"
            and reader.value(each, "rest_api_id") == api
        ],
    )


def _method_setting(it: PlanResource) -> dict[str, Any]:
    path, _, method = str(it.values.get("method_path")).rpartition("/")
    setting = {
        "ResourcePath": "/*" if path == "*" else f"/{path.lstrip('/')}",
        "HttpMethod": method,
        "ThrottlingRateLimit": _positive(it.flat_values.get("throttling_rate_limit")),
        "ThrottlingBurstLimit": _positive(it.flat_values.get("throttling_burst_limit")),
        "CachingEnabled": it.flat_values.get("caching_enabled"),
    }
    return {name: value for name, value in setting.items() if value is not None}


def _gateway_response(reader: PlanReader, it: PlanResource) -> dict[str, Any]:
    return _typed(
        "AWS::ApiGateway::GatewayResponse",
        RestApiId=reader.value(it, "rest_api_id"),
        ResponseType=it.values.get("response_type"),
        ResponseParameters=it.values.get("response_parameters"),
    )


def _function(reader: PlanReader, it: PlanResource) -> dict[str, Any]:
    hidden = as_list(it.unknown.get("environment"))
    unknown = as_mapping(as_mapping(next(iter(hidden), None)).get("variables"))
    reason = Unresolved("known only once it is applied")
    variables = {
        **as_mapping(it.block("environment").get("variables")),
        **{name: reason for name, is_unknown in unknown.items() if is_unknown},
    }
    return _typed(
        "AWS::Lambda::Function",
        FunctionName=it.values.get("function_name"),
        Runtime=it.values.get("runtime"),
        Handler=it.values.get("handler"),
        PackageType=it.values.get("package_type"),
        Timeout=it.values.get("timeout"),
        MemorySize=it.values.get("memory_size"),
        Architectures=it.values.get("architectures"),
        Layers=_layers(reader, it),
        Environment={"Variables": variables},
        LoggingConfig=_logging_config(it),
        Code=it.values.get("filename"),
    )


def _logging_config(it: PlanResource) -> dict[str, Any] | None:
    block = it.block("logging_config")
    names = {
        "LogFormat": "log_format",
        "ApplicationLogLevel": "application_log_level",
        "LogGroup": "log_group",
    }
    return {name: block.get(key) for name, key in names.items() if block.get(key)} or None


def _layers(reader: PlanReader, it: PlanResource) -> object:
    if it.unknown.get("layers") is True or not isinstance(it.values.get("layers", []), list):
        return [attribute_of(*each) for each in reader.targets(it, "layers")] or Unresolved(
            "unknown"
        )
    # One of several that is not known is null.
    return [each or Unresolved("unknown") for each in as_list(it.values.get("layers"))]


def _permission(reader: PlanReader, it: PlanResource) -> dict[str, Any]:
    name, qualifier = reader.value(it, "function_name"), it.values.get("qualifier")
    return _typed(
        "AWS::Lambda::Permission",
        Action=it.values.get("action"),
        FunctionName={"Fn::Join": [":", [name, qualifier]]} if qualifier else name,
        Principal=it.values.get("principal"),
        SourceArn=reader.value(it, "source_arn"),
        SourceAccount=it.values.get("source_account"),
    )


def _role(reader: PlanReader, it: PlanResource) -> dict[str, Any]:
    return _typed(
        "AWS::IAM::Role",
        RoleName=it.values.get("name"),
        AssumeRolePolicyDocument=reader.document(it, "assume_role_policy"),
        Policies=[
            {"PolicyDocument": _policy(as_mapping(each).get("policy"))}
            for each in as_list(it.values.get("inline_policy"))
        ],
        ManagedPolicyArns=it.values.get("managed_policy_arns"),
    )


def _policy(text: object) -> object:
    try:
        return parse_bounded_json(text) if isinstance(text, str) and text else {}
    except ValueError as error:
        return Unresolved(f"the inline policy cannot be read as JSON: {error}")


def _role_policy(reader: PlanReader, it: PlanResource) -> dict[str, Any]:
    return _typed(
        "AWS::IAM::Policy",
        Roles=[reader.value(it, "role")],
        PolicyDocument=reader.document(it, "policy"),
    )


def _http_api(_: PlanReader, it: PlanResource) -> dict[str, Any]:
    return _typed(
        "AWS::ApiGatewayV2::Api",
        Name=it.values.get("name"),
        ProtocolType=it.values.get("protocol_type"),
    )


def _http_integration(reader: PlanReader, it: PlanResource) -> dict[str, Any]:
    return _typed(
        "AWS::ApiGatewayV2::Integration",
        ApiId=reader.value(it, "api_id"),
        IntegrationUri=_uri(reader, it, "integration_uri", streams=False),
    )


RESOURCE_TYPES: Final[Mapping[str, Callable[[PlanReader, PlanResource], dict[str, Any]]]] = {
    "aws_api_gateway_deployment": _deployment,
    "aws_api_gateway_gateway_response": _gateway_response,
    "aws_api_gateway_integration": _integration,
    "aws_api_gateway_resource": _resource,
    "aws_api_gateway_rest_api": _rest_api,
    "aws_api_gateway_stage": _stage,
    "aws_apigatewayv2_api": _http_api,
    "aws_apigatewayv2_integration": _http_integration,
    "aws_iam_role": _role,
    "aws_iam_role_policy": _role_policy,
    "aws_iam_role_policy_attachment": _role_policy,
    "aws_lambda_function": _function,
    "aws_lambda_permission": _permission,
}
