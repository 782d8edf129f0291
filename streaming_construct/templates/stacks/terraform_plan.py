"""A Terraform plan, as the CloudFormation stack that would say the same.

What is read of a template is read of a plan, then: the same model, by the same readers. A plan
leaves out what only applying it makes known, ids and ARNs of new resources above all; what they
refer to is in its `configuration`, as far as that goes: an expression is listed by the names in it.
Source: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from streaming_construct.documents.document import Document
from streaming_construct.documents.errors import SourceError
from streaming_construct.templates.stacks.cloud_assembly import REPLACED_ON_CHANGE
from streaming_construct.templates.stacks.coercion import as_list, as_mapping
from streaming_construct.templates.stacks.stack import (
    DEFAULT_ACCOUNT,
    DEFAULT_REGION,
    SourceKind,
    Stack,
)
from streaming_construct.templates.stacks.unresolved import Unresolved

_INDEX: Final = re.compile(r"\[[^]]*\]")
_FUNCTION_ARN: Final = re.compile(r"^arn:[^:]+:lambda:([^:]+):(\d+):function:")
# Modules within modules; also where an ill-made plan goes round in circles.
_MODULE_DEPTH: Final = 20
_TIMEOUT: Final = "timeout_milliseconds"
_CALLS: Final = {"invoke_arn": "2015-03-31", "response_streaming_invoke_arn": "2021-11-15"}
_ACTIONS: Final = {
    "2015-03-31": "invocations",
    "2021-11-15": "response-streaming-invocations",
}


def is_plan(document: Mapping[str, Any]) -> bool:
    """Say whether a document is what `terraform show -json` prints of a plan."""
    return "planned_values" in document and "configuration" in document


def terraform_stack(document: Document) -> Stack:
    """Return the stack of all API Gateway, Lambda and IAM resources of a plan.

    Raises:
        SourceError: The plan is not as Terraform prints it.
    """
    try:
        return _stack(document)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise SourceError(
            f"{document.path} is not as `terraform show -json` prints it: {error!r}"
        ) from error


def _stack(document: Document) -> Stack:
    file, plan = document.path, document.data
    resources = {each.address: each for each in _resources(plan)}
    reader = _Reader(plan, resources)
    made = {
        each.address: _TYPES[each.type](reader, each)
        for each in resources.values()
        if each.type in _TYPES
    }
    region, account = _region_and_account(resources)
    return Stack(
        names=(file.name.split(".")[0],),
        file=file,
        document=document,
        kind=SourceKind.TERRAFORM,
        folder=file.parent,
        template={"Resources": made},
        account=account,
        region=region,
        pointers={address: each.pointer for address, each in resources.items()},
        notes=tuple(f"{file}: {note}" for note in reader.notes),
    )


@dataclass(frozen=True, kw_only=True)
class _Resource:
    """A resource of a plan; `module` is the address of its module, with a dot at the end."""

    address: str
    type: str
    module: str
    index: str
    values: Mapping[str, Any]
    expressions: Mapping[str, Any]
    depends_on: tuple[str, ...]
    unknown: Mapping[str, Any]
    pointer: tuple[str, ...]

    @property
    def flat_values(self) -> Mapping[str, Any]:
        """The values of a resource that has all of them in one block, `settings`."""
        return self.block("settings")

    def block(self, name: str) -> Mapping[str, Any]:
        """Return the values of a block that there is at most one of."""
        return as_mapping(next(iter(as_list(self.values.get(name))), None))


def _resources(plan: Mapping[str, Any]) -> Iterator[_Resource]:
    unknown = {
        each.get("address"): as_mapping(as_mapping(each.get("change")).get("after_unknown"))
        for each in map(as_mapping, as_list(plan.get("resource_changes")))
    }
    root = as_mapping(as_mapping(plan["planned_values"]).get("root_module"))
    top: tuple[str, ...] = ("planned_values", "root_module")
    modules = [(root, "", top)]
    while modules:
        module, prefix, pointer = modules.pop()
        configured = {
            each.get("address"): each
            for each in as_list(as_mapping(_configuration(plan, prefix)).get("resources"))
        }
        for number, each in enumerate(map(as_mapping, as_list(module.get("resources")))):
            address = str(each.get("address"))
            bare = f"{each.get('type')}.{each.get('name')}"
            written = as_mapping(configured.get(bare))
            yield _Resource(
                address=address,
                type=str(each.get("type")) if each.get("mode") != "data" else "",
                module=prefix,
                index=address.removeprefix(prefix + bare),
                values=as_mapping(each.get("values")),
                expressions=as_mapping(written.get("expressions")),
                depends_on=tuple(as_list(written.get("depends_on"))),
                unknown=unknown.get(address, {}),
                pointer=(*pointer, "resources", str(number)),
            )
        for number, child in enumerate(map(as_mapping, as_list(module.get("child_modules")))):
            below = (*pointer, "child_modules", str(number))
            modules.append((child, f"{child.get('address')}.", below))


def _configuration(plan: Mapping[str, Any], module: str) -> Mapping[str, Any]:
    """Return the configuration of a module by its address, with a dot at the end."""
    found = as_mapping(as_mapping(plan["configuration"]).get("root_module"))
    for name in _INDEX.sub("", module).split(".")[1::2]:
        found = as_mapping(
            as_mapping(as_mapping(found.get("module_calls")).get(name)).get("module")
        )
    return found


def _region_and_account(resources: Mapping[str, _Resource]) -> tuple[str, str]:
    """Return Region and account, where a function that exists tells them."""
    for each in resources.values():
        match = _FUNCTION_ARN.match(str(each.values.get("arn")))
        if each.type == "aws_lambda_function" and match:
            return match[1], match[2]
    return DEFAULT_REGION, DEFAULT_ACCOUNT


@dataclass
class _Reader:
    """Says of values, known and unknown ones, what CloudFormation would be told."""

    plan: Mapping[str, Any]
    resources: Mapping[str, _Resource]
    notes: list[str] = field(default_factory=list)

    def value(self, resource: _Resource, name: str) -> object:
        """Return a value that may refer to another resource."""
        known = resource.values.get(name)
        if isinstance(known, str):
            return self._by_id(known)
        if known is not None:
            return known
        for target, attribute in self.targets(resource, name):
            return _attribute(target, attribute)
        if resource.unknown.get(name):
            return Unresolved(f"{resource.address}: {name} is known only once it is applied")
        return None

    def targets(self, resource: _Resource, name: str) -> list[tuple[_Resource, str]]:
        """Return the resources that an argument names, with the attributes asked of them."""
        return list(
            self._targets(
                _references(resource.expressions.get(name)), resource.module, resource.index
            )
        )

    def document(self, resource: _Resource, name: str) -> object:
        """Return a JSON document; `Unresolved` where it is not known."""
        text = resource.values.get(name)
        if not isinstance(text, str):
            return Unresolved(f"{resource.address}: {name} is known only once it is applied")
        try:
            return json.loads(text)
        except ValueError:
            import yaml

            return yaml.safe_load(text)  # a body may be YAML, as API Gateway imports it

    def _by_id(self, text: str) -> object:
        """Let a literal that holds the id of a resource of the plan refer to it."""
        for each in self.resources.values():
            if text and each.values.get("root_resource_id") == text:
                return {"Fn::GetAtt": [each.address, "RootResourceId"]}
            known = each.values.get("id")
            if each.type in _WITH_ID and isinstance(known, str) and known and known in text:
                before, _, after = text.partition(known)
                return {"Fn::Join": ["", [before, {"Ref": each.address}, after]]}
        return text

    def _targets(
        self, references: list[str], module: str, index: str, depth: int = 0
    ) -> Iterator[tuple[_Resource, str]]:
        """Yield the resources that names in a module mean, through other modules where need be."""
        if depth > _MODULE_DEPTH:
            return
        for reference in references:
            parts = _INDEX.sub("", reference).split(".")
            if parts[0] == "module" and len(parts) > 2:
                called = f"{module}module.{parts[1]}."
                outputs = as_mapping(_configuration(self.plan, called).get("outputs"))
                within = _references(as_mapping(outputs.get(parts[2])).get("expression"))
                yield from self._targets(within, called, index, depth + 1)
            elif parts[0] == "var" and module:
                outer, _, name = module.removesuffix(".").rpartition("module.")
                calls = as_mapping(_configuration(self.plan, outer).get("module_calls"))
                call = as_mapping(calls.get(_INDEX.sub("", name)))
                passed = _references(as_mapping(call.get("expressions")).get(parts[1]))
                yield from self._targets(passed, outer, index, depth + 1)
            elif len(parts) > 2:
                found = self._named(module + ".".join(parts[:2]), index)
                if found is not None:
                    yield found, parts[2]

    def _named(self, name: str, index: str) -> _Resource | None:
        """Return the resource of a name, and of several the one with the same key."""
        if found := self.resources.get(name) or self.resources.get(name + index):
            return found
        bare = _INDEX.sub("", name)
        several = [each for each in self.resources if _INDEX.sub("", each) == bare]
        return self.resources[several[0]] if len(several) == 1 else None


def _references(expression: object) -> list[str]:
    """Return every name in an expression, or in a block of them."""
    if isinstance(expression, list):
        return [name for each in expression for name in _references(each)]
    if not isinstance(expression, Mapping):
        return []
    if "references" in expression:
        return [str(name) for name in as_list(expression["references"])]
    return [name for each in expression.values() for name in _references(each)]


def _attribute(target: _Resource, attribute: str) -> object:
    """Return what CloudFormation calls an attribute of a resource."""
    address = target.address
    if attribute in _CALLS:
        return _invocation({"Fn::GetAtt": [address, "Arn"]}, _CALLS[attribute])
    if attribute == "execution_arn":
        # What the author adds to it, a plan does not tell: everything below is taken as meant.
        head = "arn:aws:execute-api:*:*:"
        return {"Fn::Join": ["", [head, {"Ref": address}, "/*"]]}
    if attribute == "root_resource_id":
        return {"Fn::GetAtt": [address, "RootResourceId"]}
    if attribute in {"arn", "qualified_arn"} and target.type in {
        "aws_lambda_function",
        "aws_iam_role",
    }:
        return {"Fn::GetAtt": [address, "Arn"]}
    if attribute in {"id", "arn", "name", "function_name", "stage_name"}:
        return {"Ref": address}
    return Unresolved(f"{address}.{attribute} is known only once it is applied")


def _invocation(function_arn: object, version: str) -> object:
    head = f"arn:aws:apigateway:{DEFAULT_REGION}:lambda:path/{version}/functions/"
    return {"Fn::Join": ["", [head, function_arn, f"/{_ACTIONS[version]}"]]}


def _uri(reader: _Reader, resource: _Resource, name: str, *, streams: bool) -> object:
    """Return the address of an integration; what an expression leaves open is taken as meant."""
    if isinstance(known := resource.values.get(name), str):
        return known
    called = dict.fromkeys(each for _, each in reader.targets(resource, name))
    for target, attribute in reader.targets(resource, name):
        if target.type != "aws_lambda_function" and target.type != "aws_lambda_alias":
            continue
        if attribute in _CALLS and len(_CALLS.keys() & called.keys()) == 1:
            return _attribute(target, attribute)
        arn = {"Fn::GetAtt": [target.address, "Arn"]}
        return _invocation(arn, "2021-11-15" if streams else "2015-03-31")
    return Unresolved(f"{resource.address}: {name} is known only once it is applied")


def _typed(kind: str, **properties: object) -> dict[str, Any]:
    given = {name: value for name, value in properties.items() if value not in (None, [], {})}
    return {"Type": kind, "Properties": given}


def _rest_api(reader: _Reader, it: _Resource) -> dict[str, Any]:
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


def _resource(reader: _Reader, it: _Resource) -> dict[str, Any]:
    return _typed(
        "AWS::ApiGateway::Resource",
        RestApiId=reader.value(it, "rest_api_id"),
        ParentId=reader.value(it, "parent_id"),
        PathPart=it.values.get("path_part"),
    )


def _integration(reader: _Reader, it: _Resource) -> dict[str, Any]:
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
            "Uri": _uri(reader, it, "uri", streams=mode == "STREAM"),
            "Credentials": reader.value(it, "credentials"),
            "ResponseTransferMode": mode,
            "TimeoutInMillis": it.values.get(_TIMEOUT) if written else None,
            "ContentHandling": it.values.get("content_handling") or None,
            "IntegrationResponses": responses,
        },
    )


def _sibling_resources(reader: _Reader, it: _Resource, kind: str) -> Iterator[_Resource]:
    """Yield the resources of another type for the method of an integration."""
    of = reader.value(it, "resource_id"), it.values.get("http_method")
    for each in reader.resources.values():
        about = reader.value(each, "resource_id"), each.values.get("http_method")
        if each.type == kind and about == of:
            yield each


def _deployment(reader: _Reader, it: _Resource) -> dict[str, Any]:
    before = [*it.depends_on, *_references(it.expressions.get("triggers"))]
    bare = {it.module + ".".join(_INDEX.sub("", name).split(".")[:2]) for name in before}
    made = _typed(
        "AWS::ApiGateway::Deployment",
        RestApiId=reader.value(it, "rest_api_id"),
        StageName=it.values.get("stage_name"),
    )
    made["DependsOn"] = [address for address in reader.resources if _INDEX.sub("", address) in bare]
    if it.values.get("triggers") or it.unknown.get("triggers"):
        made["Metadata"] = {REPLACED_ON_CHANGE: "triggers"}
    return made


def _stage(reader: _Reader, it: _Resource) -> dict[str, Any]:
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


def _method_setting(it: _Resource) -> dict[str, Any]:
    path, _, method = str(it.values.get("method_path")).rpartition("/")
    setting = {
        "ResourcePath": "/*" if path == "*" else f"/{path.lstrip('/')}",
        "HttpMethod": method,
        "ThrottlingRateLimit": _positive(it.flat_values.get("throttling_rate_limit")),
        "ThrottlingBurstLimit": _positive(it.flat_values.get("throttling_burst_limit")),
        "CachingEnabled": it.flat_values.get("caching_enabled"),
    }
    return {name: value for name, value in setting.items() if value is not None}


def _gateway_response(reader: _Reader, it: _Resource) -> dict[str, Any]:
    return _typed(
        "AWS::ApiGateway::GatewayResponse",
        RestApiId=reader.value(it, "rest_api_id"),
        ResponseType=it.values.get("response_type"),
        ResponseParameters=it.values.get("response_parameters"),
    )


def _function(reader: _Reader, it: _Resource) -> dict[str, Any]:
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
        Code=it.values.get("filename"),
    )


def _layers(reader: _Reader, it: _Resource) -> object:
    if it.unknown.get("layers") is True or not isinstance(it.values.get("layers", []), list):
        return [_attribute(*each) for each in reader.targets(it, "layers")] or Unresolved("unknown")
    # One of several that is not known is null.
    return [each or Unresolved("unknown") for each in as_list(it.values.get("layers"))]


def _permission(reader: _Reader, it: _Resource) -> dict[str, Any]:
    name, qualifier = reader.value(it, "function_name"), it.values.get("qualifier")
    return _typed(
        "AWS::Lambda::Permission",
        Action=it.values.get("action"),
        FunctionName={"Fn::Join": [":", [name, qualifier]]} if qualifier else name,
        Principal=it.values.get("principal"),
        SourceArn=reader.value(it, "source_arn"),
        SourceAccount=it.values.get("source_account"),
    )


def _role(reader: _Reader, it: _Resource) -> dict[str, Any]:
    return _typed(
        "AWS::IAM::Role",
        RoleName=it.values.get("name"),
        AssumeRolePolicyDocument=reader.document(it, "assume_role_policy"),
        Policies=[
            {"PolicyDocument": json.loads(as_mapping(each).get("policy") or "{}")}
            for each in as_list(it.values.get("inline_policy"))
        ],
        ManagedPolicyArns=it.values.get("managed_policy_arns"),
    )


def _role_policy(reader: _Reader, it: _Resource) -> dict[str, Any]:
    return _typed(
        "AWS::IAM::Policy",
        Roles=[reader.value(it, "role")],
        PolicyDocument=reader.document(it, "policy"),
    )


def _http_api(_: _Reader, it: _Resource) -> dict[str, Any]:
    return _typed(
        "AWS::ApiGatewayV2::Api",
        Name=it.values.get("name"),
        ProtocolType=it.values.get("protocol_type"),
    )


def _http_integration(reader: _Reader, it: _Resource) -> dict[str, Any]:
    return _typed(
        "AWS::ApiGatewayV2::Integration",
        ApiId=reader.value(it, "api_id"),
        IntegrationUri=_uri(reader, it, "integration_uri", streams=False),
    )


_WITH_ID: Final = frozenset({"aws_api_gateway_rest_api", "aws_api_gateway_resource"})
_TYPES: Final[Mapping[str, Callable[[_Reader, _Resource], dict[str, Any]]]] = {
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
