"""Changes of a template without findings: each defect is one finding."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from streaming_construct.lint.linter import lint_path
from tests.lint.template_variants import BASE, STREAM, ids, integration, method, write_variant
from tests.support.rule_examples import merge


def role(trust: dict[str, Any] | None = None, **statement: Any) -> dict[str, Any]:
    """Invoke by a role in place of a permission."""
    allowed = {
        "Effect": "Allow",
        "Action": "lambda:InvokeFunction",
        "Resource": {"Fn::GetAtt": ["Chat", "Arn"]},
    }
    policy = {"Statement": [{**allowed, **statement}]}
    trusted = {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}}
    assumed = {"Statement": [{**trusted, "Action": "sts:AssumeRole", **(trust or {})}]}
    return {
        "Api": integration(credentials={"Fn::GetAtt": ["Role", "Arn"]}),
        "Permission": None,
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": assumed,
                "Policies": [{"PolicyName": "invoke", "PolicyDocument": policy}],
            },
        },
    }


def attached(policy: str) -> dict[str, Any]:
    """Invoke by a role that has only a policy that AWS manages."""
    resources = role()
    properties = resources["Role"]["Properties"]
    properties["Policies"] = None
    properties["ManagedPolicyArns"] = [f"arn:aws:iam::aws:policy/{policy}"]
    return resources


def json_text(resources: dict[str, Any], logical_id: str, name: str) -> dict[str, Any]:
    """Return a property of the type Json as text, without references."""
    declared = merge(BASE, {"Resources": resources})["Resources"][logical_id]["Properties"][name]
    text = re.sub(r'\{"Fn::Sub": "([^"]*)"\}', r'"\1"', json.dumps(declared))
    function = "arn:aws:lambda:us-east-1:123456789012:function:chat"
    text = text.replace("${Chat.Arn}", function).replace("${AWS::Region}", "us-east-1")
    return merge(resources, {logical_id: {"Properties": {name: text}}})


def in_regions(lambda_region: str, function: str, partition: str = "aws") -> dict[str, Any]:
    """Name a function of another stack, by Regions and a partition."""
    path = STREAM.replace(
        "${Chat.Arn}", f"arn:{partition}:lambda:{function}:123456789012:function:x"
    )
    uri = f"arn:{partition}:apigateway:{lambda_region}:lambda:path/{path}"
    return integration(uri={"Fn::Sub": uri} if "${" in uri else uri)


def layers(*regions: str) -> dict[str, Any]:
    """Give the function layers of Regions beside the adapter."""
    arns = [f"arn:aws:lambda:{region}:1:layer:part-{n}:1" for n, region in enumerate(regions)]
    adapter = "arn:aws:lambda:${AWS::Region}:753240598075:layer:LambdaAdapterLayerArm64:30"
    references = [{"Fn::Sub": arn} if "${" in arn else arn for arn in (adapter, *arns)]
    return {"Properties": {"Layers": references}}


def document(**members: Any) -> dict[str, Any]:
    """Change members of the document."""
    return {"Properties": {"Body": members}}


POOL: Final = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_chat"


def authorized(**members: Any) -> dict[str, Any]:
    """Authorize the route with a Cognito authorizer."""
    scheme = {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "cognito_user_pools",
        "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", **members},
    }
    operation: dict[str, Any] = {"security": [{"pool": []}]}
    body = {
        "components": {"securitySchemes": {"pool": scheme}},
        "paths": {"/chat": {"post": operation}},
    }
    return {"Properties": {"Body": body}}


BUFFERED: Final = {
    "Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Check.Arn}"
    "/invocations"
}
CHECKER: Final = {
    "Check": {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Runtime": "python3.14", "Handler": "index.handler", "Code": "web"},
    }
}
NOT_PERMITTED: Final = ["permission-missing"]


def plan(stage: object) -> dict[str, Any]:
    """Use a stage of the API."""
    stages = {"ApiStages": [{"ApiId": {"Ref": "Api"}, "Stage": stage}]}
    return {"Type": "AWS::ApiGateway::UsagePlan", "Properties": stages}


def key(stage: object) -> dict[str, Any]:
    """Let an API key name a stage of the API."""
    stages = {"StageKeys": [{"RestApiId": {"Ref": "Api"}, "StageName": stage}]}
    return {"Type": "AWS::ApiGateway::ApiKey", "Properties": stages}


def domain_name(endpoint_type: str, certificate: str) -> dict[str, Any]:
    """Declare a custom domain name with its certificate in a property."""
    properties = {
        "DomainName": "api.example.com",
        "EndpointConfiguration": {"Types": [endpoint_type]},
        certificate: {"Ref": "Certificate"},
    }
    return {"Type": "AWS::ApiGateway::DomainName", "Properties": properties}


def linked(link: str) -> dict[str, Any]:
    """Integrate a backend in a VPC."""
    return integration(
        type="http_proxy",
        uri="http://backend.example.com",
        connectionType="VPC_LINK",
        connectionId=link,
    )


TWICE: Final = {"post": {"x-amazon-apigateway-integration": {"type": "mock"}}}
DUPLICATED: Final = ["duplicate-route", "path-changed"]


def condition(key: str) -> dict[str, Any]:
    return {"Condition": {"StringEquals": {key: "123456789012"}}}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        (role(), []),
        (role(condition("aws:SourceAccount")), ["permission-source-mismatch"]),
        (role(condition("AWS:SourceArn")), ["permission-source-mismatch"]),
        (role(condition("sts:ExternalId")), ["permission-source-mismatch"]),
        (role({"Principal": {"AWS": "arn:aws:iam::1:root"}}), ["permission-source-mismatch"]),
        (role(Action=["lambda:Get*"]), ["permission-missing"]),
        (role(Action=None, NotAction="s3:*"), ["overly-permissive-grant"]),
        (role(Action=None, NotAction=["LAMBDA:Invoke*"]), ["permission-missing"]),
        (role({"Condition": {"StringEqualsIfExists": {"aws:SourceAccount": "1"}}}), []),
        (role({"Condition": {"Null": {"aws:SourceArn": "true"}}}), []),
        (attached("service-role/AmazonAPIGatewayPushToCloudWatchLogs"), ["permission-missing"]),
        (attached("service-role/AWSLambdaRole"), ["overly-permissive-grant"]),
        (attached("NotKnown"), []),
        (json_text(role(), "Role", "AssumeRolePolicyDocument"), []),
        (
            json_text(role(Action="s3:*"), "Role", "AssumeRolePolicyDocument"),
            ["permission-missing"],
        ),
        ({"Api": in_regions("eu-west-1", "us-west-2")}, ["integration-region-mismatch"]),
        ({"Api": in_regions("us-east-1", "us-west-2")}, ["integration-region-mismatch"]),
        ({"Api": in_regions("eu-west-1", "${AWS::Region}")}, []),
        ({"Api": in_regions("eu-west-1", "eu-west-1")}, []),
        ({"Api": in_regions("cn-north-1", "cn-north-1")}, ["integration-region-mismatch"]),
        ({"Api": in_regions("cn-north-1", "cn-north-1", "aws-cn")}, []),
        ({"Api": in_regions("cn-north-1", "cn-north-1", "${AWS::Partition}")}, []),
        ({"Api": in_regions("us-isof-south-1", "us-isof-south-1", "aws-iso-f")}, []),
        ({"Api": in_regions("xx-north-1", "xx-north-1", "aws-xx")}, []),
        ({"Chat": layers("us-east-1", "eu-west-1")}, ["layer-region"]),
        ({"Chat": layers("${AWS::Region}", "eu-west-1")}, []),
        ({"Chat": layers(*["${AWS::Region}"] * 6)}, ["layer-quota-exceeded"]),
        ({"Api": document(openapi="2.0")}, ["openapi-version"]),
        ({"Api": document(openapi=None, swagger="3.0.1")}, ["openapi-version"]),
        ({"Api": document(openapi=None)}, ["openapi-version"]),
        ({"Api": document(openapi=None, swagger=2.0)}, []),
        ({"Api": document(openapi={"Ref": "Version"})}, []),
        (json_text({}, "Api", "Body"), []),
        (
            json_text({"Api": integration(httpMethod="GET")}, "Api", "Body"),
            ["integration-http-method"],
        ),
        ({"Api": integration(httpMethod="post")}, []),
        ({"Api": integration(httpMethod="ANY")}, ["integration-http-method"]),
        ({"Api": integration(httpMethod={"Ref": "Method"})}, []),
        ({"Api": integration(uri={"Fn::Sub": "${Chat.Arn}"})}, ["integration-uri-invalid"]),
        ({"Api": integration(uri=None)}, ["integration-uri-invalid"]),
        (
            {"Api": integration(uri={"Fn::Sub": "arn:aws:apigateway:x:lambda:path/${Chat.Arn}"})},
            ["integration-uri-invalid"],
        ),
        ({"Chat": {"Properties": {"Timeout": 10}}}, ["function-timeout-shorter"]),
        (
            {"Chat": {"Properties": {"ReservedConcurrentExecutions": 0}}},
            ["reserved-concurrency-zero"],
        ),
        ({"Chat": {"Properties": {"ReservedConcurrentExecutions": {"Ref": "Most"}}}}, []),
        (
            {
                "Mapping": {
                    "Type": "AWS::ApiGateway::BasePathMapping",
                    "Properties": {
                        "DomainName": "api.example.com",
                        "RestApiId": {"Ref": "Api"},
                        "Stage": "prod",
                    },
                }
            },
            ["stage-reference-unordered"],
        ),
        (
            {
                "Mapping": {
                    "Type": "AWS::ApiGateway::BasePathMapping",
                    "DependsOn": "Stage",
                    "Properties": {
                        "DomainName": "api.example.com",
                        "RestApiId": {"Ref": "Api"},
                        "Stage": "prod",
                    },
                }
            },
            [],
        ),
        (
            {"Api": {"Properties": {"EndpointConfiguration": {"Types": ["PRIVATE"]}}}},
            ["endpoint-invalid"],
        ),
        (
            {"Api": {"Properties": {"EndpointConfiguration": {"VpcEndpointIds": ["vpce-1"]}}}},
            ["endpoint-invalid"],
        ),
        (
            {
                "Api": {
                    "Properties": {"EndpointConfiguration": {"Types": ["REGIONAL", "EDGE"]}},
                }
            },
            ["endpoint-invalid"],
        ),
        ({"Api": integration(timeoutInMillis="5 minutes")}, ["timeout-out-of-range"]),
        ({"Api": integration(timeoutInMillis="300000")}, []),
        (
            {
                "Mapping": {
                    "Type": "AWS::ApiGateway::BasePathMappingV2",
                    "Properties": {
                        "DomainNameArn": {"Fn::ImportValue": "DomainName"},
                        "RestApiId": {"Ref": "Api"},
                        "Stage": "prod",
                    },
                }
            },
            ["stage-reference-unordered"],
        ),
        ({"Plan": plan("nope")}, ["stage-reference-unordered"]),
        ({"Api": linked("${stageVariables.link}")}, ["stage-variable-missing"]),
        ({"Api": linked("abc123")}, []),
        ({"Api": integration(credentials="${stageVariables.role}")}, ["stage-variable-missing"]),
        ({"Api": {"Properties": {"Body": {"paths": {"/chat/": TWICE}}}}}, DUPLICATED),
        ({"Name": domain_name("REGIONAL", "RegionalCertificateArn")}, []),
        ({"Name": domain_name("REGIONAL", "CertificateArn")}, ["domain-name-invalid"]),
        ({"Name": domain_name("PRIVATE", "RegionalCertificateArn")}, ["domain-name-invalid"]),
        ({"Plan": plan({"Ref": "Stage"})}, []),
        ({"Key": key("prod")}, ["stage-reference-unordered"]),
        ({"Key": key({"Ref": "Stage"})}, []),
        (method(), []),
        (method(ResponseTransferMode="STREAM"), ["integration-member-misplaced"]),
        (method(HttpMethod={"Fn::ImportValue": "method"}), []),
        (method(ResourceId={"Fn::ImportValue": "resource"}), []),
        ({"Plan": plan({"Ref": "Name"})}, []),
        ({"Plan": plan("nope"), "Stage": {"Properties": {"StageName": {"Ref": "Name"}}}}, []),
        ({"Api": authorized(providerARNs=[])}, ["authorizer-invalid"]),
        ({"Api": authorized(providerARNs={"Ref": "Pools"})}, []),
        ({"Api": authorized(type="token")}, ["authorizer-invalid"]),
        ({"Api": authorized(type="token", authorizerUri="${Chat.Arn}")}, ["authorizer-invalid"]),
        ({"Api": authorized(type="token", authorizerUri={"Ref": "Uri"})}, []),
        ({"Api": authorized(type="token", authorizerUri=BUFFERED), **CHECKER}, NOT_PERMITTED),
        ({"Api": authorized(type="jwt")}, ["authorizer-invalid"]),
        (method(AuthorizationType="CUSTOM"), ["authorizer-invalid"]),
        (
            {"Api": authorized(providerARNs=[POOL], authorizerResultTtlInSeconds="five")},
            ["authorizer-invalid"],
        ),
    ],
)
def test_a_variant_has_exactly_its_finding(
    resources: dict[str, Any], expected: list[str], tmp_path: Path
) -> None:
    """One cause is one finding."""
    assert ids(lint_path(write_variant(tmp_path, **resources))) == expected
