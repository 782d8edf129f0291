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
    arn_of,
    attribute_of,
    invocation_uri,
    references_in,
)
from streaming_construct.templates.stacks.unresolved import Unresolved

_TIMEOUT: Final = "timeout_milliseconds"
_INTEGRATION: Final = "aws_api_gateway_integration"
_REST_API: Final = "aws_api_gateway_rest_api"
_NAMESPACES: Final = ("aws_api_gateway_", "aws_apigatewayv2_", "aws_lambda_")
# https://registry.terraform.io/providers/hashicorp/aws/latest/docs: what the reader has no use for.
_TYPES_WITHOUT_EFFECT: Final = frozenset(
    {
        *(
            f"aws_api_gateway_{name}"
            for name in (
                *("account", "api_key", "client_certificate"),
                *("documentation_part", "documentation_version"),
                *("domain_name_access_association", "integration_response", "method"),
                *("method_response", "method_settings", "model", "request_validator"),
                *("rest_api_policy", "rest_api_put", "usage_plan", "usage_plan_key", "vpc_link"),
            )
        ),
        *(
            f"aws_apigatewayv2_{name}"
            for name in (
                *("authorizer", "deployment"),
                *("integration_response", "model", "route", "route_response", "routing_rule"),
                *("stage", "vpc_link"),
            )
        ),
        *(
            f"aws_lambda_{name}"
            for name in (
                *("alias", "capacity_provider", "code_signing_config", "event_source_mapping"),
                *("function_event_invoke_config", "function_recursion_config", "function_url"),
                *("invocation", "layer_version", "layer_version_permission"),
                *("provisioned_concurrency_config", "runtime_management_config"),
            )
        ),
    }
)
_COMMON_ARGUMENTS: Final = frozenset({"id", "region", "rest_api_id", "tags", "timeouts"})
_INTEGRATION_ARGUMENTS: Final = _COMMON_ARGUMENTS | {
    *("cache_key_parameters", "cache_namespace", "connection_id", "connection_type"),
    *("content_handling", "credentials", "http_method", "integration_http_method"),
    *("integration_target", "passthrough_behavior", "request_parameters", "request_templates"),
    *("resource_id", "response_transfer_mode", "timeout_milliseconds", "tls_config", "type"),
    "uri",
}
_AUTHORIZER_ARGUMENTS: Final = _COMMON_ARGUMENTS | {
    *("arn", "authorizer_credentials", "authorizer_result_ttl_in_seconds", "authorizer_uri"),
    *("identity_source", "identity_validation_expression", "jwt_configuration", "name"),
    *("provider_arns", "type"),
}


def _uri(reader: PlanReader, resource: PlanResource, name: str, *, streams: bool) -> object:
    """Return the address of an integration; what an expression leaves open is taken as meant."""
    if isinstance(planned := resource.values.get(name), str):
        return planned
    called = dict.fromkeys(
        target_attribute for _, target_attribute in reader.targets(resource, name)
    )
    for target, attribute in reader.targets(resource, name):
        if target.type != "aws_lambda_function" and target.type != "aws_lambda_alias":
            continue
        if (
            attribute in INVOKE_API_VERSIONS
            and len(INVOKE_API_VERSIONS.keys() & called.keys()) == 1
        ):
            return attribute_of(target, attribute)
        return invocation_uri(arn_of(target), "2021-11-15" if streams else "2015-03-31")
    return Unresolved(f"{resource.address}: {name} is known only once it is applied")


def _typed(kind: str, **properties: object) -> dict[str, Any]:
    present = {name: value for name, value in properties.items() if value not in (None, [], {})}
    return {"Type": kind, "Properties": present}


def _rest_api(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    body = None
    if "body" in resource.expressions or resource.values.get("body"):
        body = reader.document(resource, "body")
        if isinstance(body, Unresolved):
            reader.notes.append(f"{body}: its routes are not judged")
    return _typed(
        "AWS::ApiGateway::RestApi",
        Name=resource.values.get("name"),
        Body=body,
        EndpointConfiguration={
            "Types": endpoint.get("types"),
            "VpcEndpointIds": endpoint.get("vpc_endpoint_ids"),
        }
        if (endpoint := resource.block("endpoint_configuration"))
        else None,
        Policy=_resource_policy(reader, resource),
        MinimumCompressionSize=_positive(resource.values.get("minimum_compression_size")),
        BinaryMediaTypes=resource.values.get("binary_media_types"),
        DisableExecuteApiEndpoint=resource.values.get("disable_execute_api_endpoint"),
        SecurityPolicy=resource.values.get("security_policy") or None,
        EndpointAccessMode=resource.values.get("endpoint_access_mode") or None,
    )


def _resource_policy(reader: PlanReader, it: PlanResource) -> object:
    """Return the policy of an API: its argument, or that of a separate resource."""
    if "policy" in it.expressions or it.values.get("policy"):
        return reader.document(it, "policy")
    for candidate in reader.resources.values():
        if candidate.type == f"{_REST_API}_policy" and _names(reader, candidate, it):
            return reader.document(candidate, "policy")
    return None


def _names(reader: PlanReader, it: PlanResource, api: PlanResource) -> bool:
    """Return whether a resource names an API, or an API that is not known."""
    named = [target.address for target, _ in reader.targets(it, "rest_api_id")]
    return not named or api.address in named


def _positive(value: object) -> object:
    """Return a number, or None for -1, which is Terraform's for none."""
    return None if str(value) in {"", "-1", "-1.0"} else value


def _resource(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    return _typed(
        "AWS::ApiGateway::Resource",
        RestApiId=reader.value(resource, "rest_api_id"),
        ParentId=reader.value(resource, "parent_id"),
        PathPart=resource.values.get("path_part"),
    )


def _integration(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return the method of an integration, with what other resources add to both."""
    mode = resource.values.get("response_transfer_mode")
    # A plan shows the provider's default where nothing is written.
    written = _TIMEOUT in resource.expressions or not resource.expressions
    method = next(_sibling_resources(reader, resource, "aws_api_gateway_method"), resource)
    responses = [
        {
            "StatusCode": response.values.get("status_code"),
            "ResponseParameters": response.values.get("response_parameters"),
            "ResponseTemplates": response.values.get("response_templates"),
            "SelectionPattern": response.values.get("selection_pattern"),
        }
        for response in _sibling_resources(reader, resource, "aws_api_gateway_integration_response")
    ]
    return _typed(
        "AWS::ApiGateway::Method",
        RestApiId=reader.value(resource, "rest_api_id"),
        ResourceId=reader.value(resource, "resource_id"),
        HttpMethod=resource.values.get("http_method"),
        AuthorizationType=method.values.get("authorization") or "NONE",
        AuthorizerId=reader.value(method, "authorizer_id"),
        AuthorizationScopes=method.values.get("authorization_scopes"),
        ApiKeyRequired=method.values.get("api_key_required"),
        Integration={
            "Type": resource.values.get("type"),
            "IntegrationHttpMethod": reader.value(resource, "integration_http_method"),
            "ConnectionType": reader.value(resource, "connection_type"),
            "ConnectionId": reader.value(resource, "connection_id"),
            "RequestParameters": resource.values.get("request_parameters"),
            "Uri": _uri(reader, resource, "uri", streams=mode == "STREAM"),
            "Credentials": reader.value(resource, "credentials"),
            "ResponseTransferMode": mode,
            "TimeoutInMillis": resource.values.get(_TIMEOUT) if written else None,
            "ContentHandling": resource.values.get("content_handling") or None,
            "PassthroughBehavior": resource.values.get("passthrough_behavior"),
            "IntegrationResponses": responses,
            **_unknown_arguments(resource, _INTEGRATION_ARGUMENTS),
        },
    )


def _authorizer(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    kind = resource.values.get("type") or "TOKEN"
    uri = None
    if kind in ("TOKEN", "REQUEST"):
        uri = _uri(reader, resource, "authorizer_uri", streams=False)
    return _typed(
        "AWS::ApiGateway::Authorizer",
        Name=resource.values.get("name"),
        RestApiId=reader.value(resource, "rest_api_id"),
        Type=kind,
        AuthorizerUri=uri,
        AuthorizerCredentials=reader.value(resource, "authorizer_credentials"),
        IdentitySource=resource.values.get("identity_source"),
        IdentityValidationExpression=resource.values.get("identity_validation_expression") or None,
        AuthorizerResultTtlInSeconds=resource.values.get("authorizer_result_ttl_in_seconds"),
        ProviderARNs=_provider_arns(reader, resource),
        JwtConfiguration=_jwt_configuration(resource),
        **_unknown_arguments(resource, _AUTHORIZER_ARGUMENTS),
    )


def _provider_arns(reader: PlanReader, resource: PlanResource) -> object:
    if resource.unknown.get("provider_arns") is True:
        return [attribute_of(*target) for target in reader.targets(resource, "provider_arns")]
    return resource.values.get("provider_arns")


def _jwt_configuration(resource: PlanResource) -> object:
    """Return the configuration with CloudFormation's names; the blocks of a plan are lists.

    A block that the plan does not know is not known here, either.
    """
    hidden = resource.unknown.get("jwt_configuration")
    if hidden is True:
        return Unresolved(f"{resource.address}: jwt_configuration is known only once it is applied")
    block = resource.block("jwt_configuration")
    return _capitalized(_with_unresolved(block, next(iter(as_list(hidden)), None))) or None


def _with_unresolved(value: Any, hidden: object) -> Any:
    """Put `Unresolved` in the places of a value that a plan marks as unknown."""
    if hidden is True:
        return Unresolved("known only once resource is applied")
    if isinstance(hidden, Mapping):
        names = {*as_mapping(value), *hidden}
        return {
            name: _with_unresolved(as_mapping(value).get(name), hidden.get(name)) for name in names
        }
    if isinstance(hidden, list):
        return [
            _with_unresolved(item, hidden[number] if number < len(hidden) else None)
            for number, item in enumerate(as_list(value))
        ]
    return value


def _capitalized(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            _camel_case(name): _capitalized(item)
            for name, item in value.items()
            if item not in (None, [], {})
        }
    return [_capitalized(item) for item in value] if isinstance(value, list) else value


def _camel_case(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _unknown_arguments(resource: PlanResource, known: frozenset[str]) -> dict[str, Any]:
    """Return the arguments that are not known, with names as CloudFormation would have them."""
    return {
        _camel_case(name): value
        for name, value in resource.values.items()
        if name not in known and value not in (None, [], {}, "")
    }


def is_unknown_type(kind: str) -> bool:
    """Return whether a resource type belongs to API Gateway or Lambda and is not known."""
    return kind.startswith(_NAMESPACES) and kind not in _TYPES_WITHOUT_EFFECT


def method_without_integration(reader: PlanReader, resource: PlanResource) -> dict[str, Any] | None:
    """Return a method that has no integration; None for others, or if that is not certain."""
    if resource.type != "aws_api_gateway_method":
        return None
    path = reader.value(resource, "resource_id")
    known = [
        isinstance(reader.value(integration, "resource_id"), Mapping)
        for integration in reader.resources.values()
        if integration.type == _INTEGRATION
    ]
    if not (isinstance(path, Mapping) and all(known)):
        return None
    if next(_sibling_resources(reader, resource, _INTEGRATION), None) is not None:
        return None
    return _typed(
        "AWS::ApiGateway::Method",
        RestApiId=reader.value(resource, "rest_api_id"),
        ResourceId=path,
        HttpMethod=resource.values.get("http_method"),
        AuthorizationType="NONE",
    )


def _sibling_resources(
    reader: PlanReader, resource: PlanResource, kind: str
) -> Iterator[PlanResource]:
    """Yield the resources of another type for the method of an integration."""
    of = reader.value(resource, "resource_id"), resource.values.get("http_method")
    for other in reader.resources.values():
        about = reader.value(other, "resource_id"), other.values.get("http_method")
        if other.type == kind and about == of:
            yield other


def _deployment(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    before = [*resource.depends_on, *references_in(resource.expressions.get("triggers"))]
    bare = {resource.module + ".".join(INDEX.sub("", name).split(".")[:2]) for name in before}
    deployment = _typed(
        "AWS::ApiGateway::Deployment",
        RestApiId=reader.value(resource, "rest_api_id"),
        StageName=resource.values.get("stage_name"),
    )
    deployment["DependsOn"] = [
        address for address in reader.resources if INDEX.sub("", address) in bare
    ]
    if resource.values.get("triggers") or resource.unknown.get("triggers"):
        deployment["Metadata"] = {REPLACED_ON_CHANGE: "triggers"}
    return deployment


def _stage(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    name = resource.values.get("stage_name")
    api = reader.value(resource, "rest_api_id")
    log = resource.block("access_log_settings")
    return _typed(
        "AWS::ApiGateway::Stage",
        RestApiId=api,
        StageName=name,
        DeploymentId=reader.value(resource, "deployment_id"),
        AccessLogSetting={"Format": log.get("format")} if log else None,
        CacheClusterEnabled=resource.values.get("cache_cluster_enabled"),
        TracingEnabled=resource.values.get("xray_tracing_enabled"),
        MethodSettings=[
            _method_setting(other)
            for other in reader.resources.values()
            if other.type == "aws_api_gateway_method_settings"
            and reader.value(other, "rest_api_id") == api
        ],
    )


def _method_setting(resource: PlanResource) -> dict[str, Any]:
    path, _, method = str(resource.values.get("method_path")).rpartition("/")
    setting = {
        # Terraform documents `path/METHOD`, and takes the escaped form of the API too.
        "ResourcePath": "/*" if path == "*" else "/~1" + path.replace("/", "~1").removeprefix("~1"),
        "HttpMethod": method,
        "ThrottlingRateLimit": _positive(resource.flat_values.get("throttling_rate_limit")),
        "ThrottlingBurstLimit": _positive(resource.flat_values.get("throttling_burst_limit")),
        "CachingEnabled": resource.flat_values.get("caching_enabled"),
    }
    return {name: value for name, value in setting.items() if value is not None}


def _usage_plan(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    targets = [target for target, _ in reader.targets(resource, "api_stages")]
    api = next((target for target in targets if target.type == _REST_API), None)
    made = _typed(
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
    return _after_references(reader, resource, made)


def _base_path_mapping(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    is_private = bool(reader.value(resource, "domain_name_id"))
    domain = reader.targets(resource, "domain_name_id") or reader.targets(resource, "domain_name")
    # A reference names the domain name even if the plan does not show the name.
    name = {"Ref": domain[0][0].address} if domain else resource.values.get("domain_name")
    made = _typed(
        "AWS::ApiGateway::BasePathMappingV2" if is_private else "AWS::ApiGateway::BasePathMapping",
        RestApiId=reader.value(resource, "api_id"),
        Stage=resource.values.get("stage_name"),
        BasePath=resource.values.get("base_path"),
        **{"DomainNameArn" if is_private else "DomainName": name},
    )
    return _after_references(reader, resource, made)


def _domain_name(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    types = resource.block("endpoint_configuration").get("types")
    values = resource.values
    # A private domain name is of the same type in Terraform.
    kind = "DomainNameV2" if types == ["PRIVATE"] else "DomainName"
    return _typed(
        f"AWS::ApiGateway::{kind}",
        DomainName=values.get("domain_name"),
        EndpointConfiguration={"Types": types} if types else None,
        CertificateArn=reader.value(resource, "certificate_arn"),
        RegionalCertificateArn=reader.value(resource, "regional_certificate_arn"),
        SecurityPolicy=values.get("security_policy") or None,
        EndpointAccessMode=values.get("endpoint_access_mode") or None,
        MutualTlsAuthentication=_mutual_tls(resource),
    )


def _mutual_tls(resource: PlanResource) -> dict[str, Any] | None:
    if not as_list(resource.values.get("mutual_tls_authentication")):
        return None
    uri = resource.block("mutual_tls_authentication").get("truststore_uri")
    unknown = Unresolved(f"{resource.address}: truststore_uri is known only once it is applied")
    return {"TruststoreUri": unknown if uri is None else uri}


def _http_domain_name(_: PlanReader, resource: PlanResource) -> dict[str, Any]:
    settings = resource.block("domain_name_configuration")
    configuration = {
        "CertificateArn": settings.get("certificate_arn"),
        "EndpointType": settings.get("endpoint_type"),
        "SecurityPolicy": settings.get("security_policy"),
    }
    present = {name: value for name, value in configuration.items() if value is not None}
    return _typed(
        "AWS::ApiGatewayV2::DomainName",
        DomainName=resource.values.get("domain_name"),
        DomainNameConfigurations=[present],
        MutualTlsAuthentication=_mutual_tls(resource),
    )


def _api_mapping(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    return _typed(
        "AWS::ApiGatewayV2::ApiMapping",
        ApiId=reader.value(resource, "api_id"),
        Stage=resource.values.get("stage"),
        ApiMappingKey=resource.values.get("api_mapping_key"),
        DomainName=resource.values.get("domain_name"),
    )


def _sampling_rule(_: PlanReader, resource: PlanResource) -> dict[str, Any]:
    names = {
        "RuleName": "rule_name",
        "FixedRate": "fixed_rate",
        "ReservoirSize": "reservoir_size",
        "Priority": "priority",
    }
    return _typed(
        "AWS::XRay::SamplingRule",
        SamplingRule={name: resource.values.get(argument) for name, argument in names.items()},
    )


def _after_references(
    reader: PlanReader, resource: PlanResource, made: dict[str, Any]
) -> dict[str, Any]:
    """Let a resource depend on everything that its arguments name."""
    names = [name for value in resource.expressions.values() for name in references_in(value)]
    named = {resource.module + ".".join(INDEX.sub("", name).split(".")[:2]) for name in names}
    named |= {resource.module + name for name in resource.depends_on}
    before = [address for address in reader.resources if INDEX.sub("", address) in named]
    return {**made, "DependsOn": before} if before else made


def _gateway_response(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    return _typed(
        "AWS::ApiGateway::GatewayResponse",
        RestApiId=reader.value(resource, "rest_api_id"),
        ResponseType=resource.values.get("response_type"),
        ResponseParameters=resource.values.get("response_parameters"),
    )


def _function(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    hidden = as_list(resource.unknown.get("environment"))
    unknown = as_mapping(as_mapping(next(iter(hidden), None)).get("variables"))
    reason = Unresolved("known only once it is applied")
    variables = {
        **as_mapping(resource.block("environment").get("variables")),
        **{name: reason for name, is_unknown in unknown.items() if is_unknown},
    }
    return _typed(
        "AWS::Lambda::Function",
        FunctionName=resource.values.get("function_name"),
        Runtime=resource.values.get("runtime"),
        Handler=resource.values.get("handler"),
        PackageType=resource.values.get("package_type"),
        Timeout=resource.values.get("timeout"),
        MemorySize=resource.values.get("memory_size"),
        Architectures=resource.values.get("architectures"),
        Layers=_layers(reader, resource),
        TenancyConfig=_capitalized(resource.block("tenancy_config")) or None,
        RuntimeConfig=_capitalized(resource.block("runtime_config")) or None,
        Environment={"Variables": variables},
        LoggingConfig=_logging_config(resource),
        Code=resource.values.get("filename"),
        ReservedConcurrentExecutions=_positive(
            resource.values.get("reserved_concurrent_executions")
        ),
    )


def _alias(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    return _typed(
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


def _permission(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    name, qualifier = reader.value(resource, "function_name"), resource.values.get("qualifier")
    return _typed(
        "AWS::Lambda::Permission",
        Action=resource.values.get("action"),
        FunctionName={"Fn::Join": [":", [name, qualifier]]} if qualifier else name,
        Principal=resource.values.get("principal"),
        SourceArn=reader.value(resource, "source_arn"),
        SourceAccount=resource.values.get("source_account"),
    )


def _role(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    return _typed(
        "AWS::IAM::Role",
        RoleName=resource.values.get("name"),
        AssumeRolePolicyDocument=reader.document(resource, "assume_role_policy"),
        Policies=[
            {"PolicyDocument": _policy(as_mapping(policy).get("policy"))}
            for policy in as_list(resource.values.get("inline_policy"))
        ],
        ManagedPolicyArns=resource.values.get("managed_policy_arns"),
    )


def _policy(text: object) -> object:
    try:
        return parse_bounded_json(text) if isinstance(text, str) and text else {}
    except ValueError as error:
        return Unresolved(f"the inline policy cannot be read as JSON: {error}")


def _role_policy(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    return _typed(
        "AWS::IAM::Policy",
        Roles=[reader.value(resource, "role")],
        PolicyDocument=reader.document(resource, "policy"),
    )


def _http_api(_: PlanReader, resource: PlanResource) -> dict[str, Any]:
    return _typed(
        "AWS::ApiGatewayV2::Api",
        Name=resource.values.get("name"),
        ProtocolType=resource.values.get("protocol_type"),
    )


def _http_integration(reader: PlanReader, resource: PlanResource) -> dict[str, Any]:
    return _typed(
        "AWS::ApiGatewayV2::Integration",
        ApiId=reader.value(resource, "api_id"),
        IntegrationUri=_uri(reader, resource, "integration_uri", streams=False),
    )


RESOURCE_TYPES: Final[Mapping[str, Callable[[PlanReader, PlanResource], dict[str, Any]]]] = {
    "aws_api_gateway_base_path_mapping": _base_path_mapping,
    "aws_api_gateway_domain_name": _domain_name,
    "aws_apigatewayv2_api_mapping": _api_mapping,
    "aws_apigatewayv2_domain_name": _http_domain_name,
    "aws_api_gateway_authorizer": _authorizer,
    "aws_api_gateway_deployment": _deployment,
    "aws_api_gateway_gateway_response": _gateway_response,
    "aws_api_gateway_integration": _integration,
    "aws_api_gateway_resource": _resource,
    "aws_api_gateway_rest_api": _rest_api,
    "aws_api_gateway_stage": _stage,
    "aws_api_gateway_usage_plan": _usage_plan,
    "aws_apigatewayv2_api": _http_api,
    "aws_apigatewayv2_integration": _http_integration,
    "aws_iam_role": _role,
    "aws_iam_role_policy": _role_policy,
    "aws_iam_role_policy_attachment": _role_policy,
    "aws_lambda_alias": _alias,
    "aws_lambda_function": _function,
    "aws_lambda_permission": _permission,
    "aws_xray_sampling_rule": _sampling_rule,
}
