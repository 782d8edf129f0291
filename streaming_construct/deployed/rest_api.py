"""A deployed REST API as a CloudFormation template.

The responses of AWS are translated to CloudFormation properties, so that `templates.reader` reads
them.
https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from streaming_construct.deployed.client import AwsClient
from streaming_construct.deployed.errors import AwsCallError
from streaming_construct.deployed.functions import FunctionReader
from streaming_construct.documents.errors import SourceError
from streaming_construct.templates.stacks.coercion import as_list, as_mapping
from streaming_construct.templates.stacks.stack import Stack
from streaming_construct.templates.stacks.unresolved import Unresolved

_API: Final = "RestApi"


@dataclass(frozen=True, kw_only=True)
class DeployedApi:
    """A REST API and one stage of it, as `stack`.

    `deployed_stage` is the stage as `GetStage` returns it. `unreadable_parts` has the name of each
    part that could not be read, and the reason.
    """

    api_id: str
    stage_name: str
    stack: Stack
    deployed_stage: Mapping[str, Any]
    unreadable_parts: tuple[tuple[str, str], ...] = ()


def read_deployed_api(aws: AwsClient, api_id: str, stage: str | None) -> DeployedApi:
    """Read an API, and the one stage that it has where `stage` names none.

    Raises:
        AwsAccessError: AWS cannot be called.
        SourceError: There are several stages, or none of that name.
        AwsCallError: The API itself cannot be read.
    """
    api = aws.call("apigateway", "get_rest_api", restApiId=api_id)
    deployed_stage = _read_stage(aws, api_id, stage)
    resources = aws.paginate(
        "apigateway", "get_resources", "items", restApiId=api_id, embed=["methods"], limit=500
    )
    reader = _Reader(aws, api_id, str(deployed_stage["stageName"]))
    reader.add_api(api, deployed_stage)
    reader.add_resources(resources)
    reader.add_optional("authorizers", reader.add_authorizers)
    reader.add_optional("gateway responses", reader.add_gateway_responses)
    reader.add_optional("usage plans", reader.add_usage_plans)
    functions = FunctionReader(aws)
    for logical_id, resource, arn in functions.read(list(_list_uris(reader.resources))):
        reader.add(logical_id, resource, arn)
    return DeployedApi(
        api_id=api_id,
        stage_name=reader.stage_name,
        stack=reader.read_stack(),
        deployed_stage=deployed_stage,
        unreadable_parts=(*reader.unread, *functions.unread),
    )


def _read_stage(aws: AwsClient, api_id: str, name: str | None) -> Mapping[str, Any]:
    stages = as_list(aws.call("apigateway", "get_stages", restApiId=api_id).get("item"))
    names = ", ".join(stage["stageName"] for stage in stages) or "none"
    if name is not None:
        stages = [stage for stage in stages if stage["stageName"] == name]
    if not stages:
        missing = f"no stage {name}" if name else "no stage"
        raise SourceError(f"API {api_id} has {missing}: its stages are {names}")
    if len(stages) > 1:
        raise SourceError(f"API {api_id} has several stages ({names}): pass --stage NAME")
    return as_mapping(stages[0])


class _Reader:
    """Collects the resources of one API's template."""

    def __init__(self, aws: AwsClient, api_id: str, stage_name: str) -> None:
        self._aws = aws
        self._api_id = api_id
        self.stage_name = stage_name
        self.resources: dict[str, dict[str, Any]] = {}
        self.unread: list[tuple[str, str]] = []
        self._physical_ids: dict[str, str] = {}
        self._arns: dict[str, str] = {}

    def read_stack(self) -> Stack:
        return Stack(
            names=(self._api_id,),
            file=Path(self._api_id),
            template={"Resources": self.resources},
            account=self._aws.account,
            region=self._aws.region,
            physical_ids=self._physical_ids,
            arns=self._arns,
        )

    def add(
        self, logical_id: str, resource: dict[str, Any], arn: str, physical_id: str | None = None
    ) -> None:
        self.resources[logical_id] = resource
        self._arns[logical_id] = arn
        if physical_id is not None:
            self._physical_ids[logical_id] = physical_id

    def add_optional(self, name: str, read: Any) -> None:
        """Read an optional part of the API; record it as unread if a call fails."""
        try:
            read()
        except AwsCallError as error:
            self.unread.append((name, str(error)))

    def add_api(self, api: Mapping[str, Any], stage: Mapping[str, Any]) -> None:
        properties = _to_cloudformation_keys(api)
        properties["EndpointConfiguration"] = _to_cloudformation_keys(
            as_mapping(api.get("endpointConfiguration"))
        )
        properties["Policy"] = _parse_policy(api.get("policy"))
        self.add(_API, _create_resource("RestApi", properties), self._build_arn(), self._api_id)
        arn = self._build_arn("stages", self.stage_name)
        staged = {
            **_to_cloudformation_keys(stage),
            "RestApiId": self._api_id,
            "AccessLogSetting": _to_cloudformation_keys(as_mapping(stage.get("accessLogSettings")))
            or None,
            "MethodSettings": list(
                _convert_method_settings(as_mapping(stage.get("methodSettings")))
            ),
        }
        self.add("Stage", _create_resource("Stage", staged), arn, self.stage_name)
        if web_acl := stage.get("webAclArn"):
            association = {"ResourceArn": arn, "WebACLArn": web_acl}
            resource = {"Type": "AWS::WAFv2::WebACLAssociation", "Properties": association}
            self.add("WebAcl", resource, str(web_acl))

    def add_resources(self, resources: Iterable[Mapping[str, Any]]) -> None:
        root = f"{self._api_id}-root"
        ids = {item["id"]: root if item["path"] == "/" else item["id"] for item in resources}
        for item in resources:
            arn = self._build_arn("resources", item["id"])
            if item["path"] != "/":
                properties = {
                    "RestApiId": self._api_id,
                    "ParentId": ids[item["parentId"]],
                    "PathPart": item["pathPart"],
                }
                created = _create_resource("Resource", properties)
                self.add(f"Resource{item['id']}", created, arn, item["id"])
            for method, declared in as_mapping(item.get("resourceMethods")).items():
                properties = {
                    **_to_cloudformation_keys(declared),
                    "RestApiId": self._api_id,
                    "ResourceId": ids[item["id"]],
                    "HttpMethod": method,
                    "Integration": _convert_integration(
                        as_mapping(declared.get("methodIntegration"))
                    ),
                }
                logical_id = f"Method{item['id']}{method}"
                self.add(
                    logical_id, _create_resource("Method", properties), f"{arn}/methods/{method}"
                )

    def add_authorizers(self) -> None:
        for authorizer in self._aws.paginate(
            "apigateway", "get_authorizers", "items", restApiId=self._api_id, limit=500
        ):
            properties = {
                **_to_cloudformation_keys(authorizer),
                "RestApiId": self._api_id,
                "ProviderARNs": authorizer.get("providerARNs"),
            }
            if authorizer.get("type") == "JWT" and "jwtConfiguration" not in authorizer:
                name = f"JWT configuration of authorizer {authorizer.get('name')}"
                reason = "this boto3 does not know it. Install boto3>=1.44.7."
                self.unread.append((name, reason))
                properties["JwtConfiguration"] = Unresolved(reason)
            arn = self._build_arn("authorizers", authorizer["id"])
            resource = _create_resource("Authorizer", properties)
            self.add(f"Authorizer{authorizer['id']}", resource, arn, authorizer["id"])

    def add_gateway_responses(self) -> None:
        for gateway_response in self._aws.paginate(
            "apigateway", "get_gateway_responses", "items", restApiId=self._api_id, limit=500
        ):
            if not gateway_response.get("defaultResponse"):
                properties = {
                    **_to_cloudformation_keys(gateway_response),
                    "RestApiId": self._api_id,
                }
                kind = gateway_response["responseType"]
                resource = _create_resource("GatewayResponse", properties)
                self.add(
                    f"GatewayResponse{kind}", resource, self._build_arn("gatewayresponses", kind)
                )

    def add_usage_plans(self) -> None:
        """Add the plans of the stage with their keys, whose values are never asked for."""
        for plan in self._aws.paginate("apigateway", "get_usage_plans", "items", limit=500):
            uses = [_to_cloudformation_keys(use) for use in as_list(plan.get("apiStages"))]
            if not any(
                (use.get("ApiId"), use.get("Stage")) == (self._api_id, self.stage_name)
                for use in uses
            ):
                continue
            for use in uses:
                throttles = as_mapping(use.get("Throttle"))
                use["Throttle"] = {
                    path: _to_cloudformation_keys(limit) for path, limit in throttles.items()
                }
            properties = {
                "UsagePlanName": plan.get("name"),
                "ApiStages": uses,
                "Throttle": _to_cloudformation_keys(as_mapping(plan.get("throttle"))),
                "Quota": _to_cloudformation_keys(as_mapping(plan.get("quota"))),
            }
            arn = self._resolve_arn("usageplans", plan["id"])
            self.add(
                f"Plan{plan['id']}", _create_resource("UsagePlan", properties), arn, plan["id"]
            )
            self._add_keys(plan["id"])

    def _add_keys(self, plan: str) -> None:
        for key in self._aws.paginate(
            "apigateway", "get_usage_plan_keys", "items", usagePlanId=plan, limit=500
        ):
            arn, name = self._resolve_arn("apikeys", key["id"]), {"Name": key.get("name")}
            self.add(f"Key{key['id']}", _create_resource("ApiKey", name), arn, key["id"])
            member = {"KeyId": key["id"], "UsagePlanId": plan}
            self.add(f"Key{key['id']}{plan}", _create_resource("UsagePlanKey", member), arn)

    def _build_arn(self, *below: str) -> str:
        return self._resolve_arn("restapis", self._api_id, *below)

    def _resolve_arn(self, *path: str) -> str:
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html
        aws = self._aws
        return f"arn:{aws.partition}:apigateway:{aws.region}::/{'/'.join(path)}"


def add_exported_definition(deployed: DeployedApi, document: Mapping[str, Any]) -> Stack:
    """Return the API with the definition that its stage serves."""
    other_resources = {
        logical_id: resource
        for logical_id, resource in deployed.stack.template["Resources"].items()
        if resource["Type"]
        not in {
            _build_resource_type("Method"),
            _build_resource_type("Resource"),
            _build_resource_type("Authorizer"),
        }
    }
    api = other_resources[_API]
    other_resources[_API] = {**api, "Properties": {**api["Properties"], "Body": document}}
    return replace(deployed.stack, template={"Resources": other_resources})


def _build_resource_type(name: str) -> str:
    return f"AWS::ApiGateway::{name}"


def _create_resource(kind: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    present = {name: value for name, value in properties.items() if value is not None}
    return {"Type": _build_resource_type(kind), "Properties": present}


def _to_cloudformation_keys(response: Mapping[str, Any]) -> dict[str, Any]:
    """Capitalize the member names of a response as CloudFormation does; keep the values."""
    return {name[:1].upper() + name[1:]: value for name, value in response.items()}


def _parse_policy(policy: object) -> object:
    """Read a resource policy, which API Gateway returns as JSON with escaped quotes."""
    if not isinstance(policy, str):
        return None
    try:
        return json.loads(policy.replace('\\"', '"'))
    except ValueError:
        return policy


def _convert_integration(integration: Mapping[str, Any]) -> dict[str, Any] | None:
    if not integration:
        return None
    responses = as_mapping(integration.get("integrationResponses")).values()
    return {
        **_to_cloudformation_keys(integration),
        "IntegrationHttpMethod": integration.get("httpMethod"),
        "IntegrationResponses": [
            _to_cloudformation_keys(as_mapping(response)) for response in responses
        ],
    }


def _convert_method_settings(settings: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the settings of a stage, which are keyed `~1chat/POST`, and `*/*` for every route."""
    for key, setting in settings.items():
        path, _, method = key.rpartition("/")
        resource_path = "/*" if path == "*" else f"/{path.lstrip('/')}"
        yield {
            **_to_cloudformation_keys(setting),
            "ResourcePath": resource_path,
            "HttpMethod": method,
        }


def _list_uris(resources: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield the URIs by which methods and authorizers name their functions."""
    for resource in resources.values():
        properties = resource["Properties"]
        uri = as_mapping(properties.get("Integration")).get("Uri") or properties.get(
            "AuthorizerUri"
        )
        if isinstance(uri, str):
            yield uri
