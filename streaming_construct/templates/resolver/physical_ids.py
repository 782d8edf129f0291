"""Deterministic placeholders for the names, ids and ARNs of resources.

A template refers to resources that do not exist yet. This module defines the values of `Ref` and
`Fn::GetAtt` for the types to which an API and its functions refer. Their format is that of the
reference pages. For every other type, only `Ref` is defined, as a plain name.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final


@dataclass(frozen=True)
class ResourceKind:
    """The format of the values of `Ref` and the attributes of a resource type.

    `name_property` is the property that can set the name of the resource. The patterns may use
    `{name}`, `{id}` (ten letters and digits), `{partition}`, `{region}`, `{account}` and every
    property of the resource by its own name.
    """

    name_property: str | None = None
    ref: str = "{name}"
    attributes: Mapping[str, str] = field(default_factory=dict)


_NAME_MAX_LENGTH: Final = 64
_FUNCTION_ARN: Final = "arn:{partition}:lambda:{region}:{account}:function"

KINDS: Final[Mapping[str, ResourceKind]] = {
    "AWS::ApiGateway::ApiKey": ResourceKind(ref="{id}", attributes={"APIKeyId": "{id}"}),
    "AWS::ApiGateway::Authorizer": ResourceKind(ref="{id}", attributes={"AuthorizerId": "{id}"}),
    "AWS::ApiGateway::Deployment": ResourceKind(ref="{id}", attributes={"DeploymentId": "{id}"}),
    "AWS::ApiGateway::Resource": ResourceKind(ref="{id}", attributes={"ResourceId": "{id}"}),
    "AWS::ApiGateway::RestApi": ResourceKind(
        ref="{id}", attributes={"RestApiId": "{id}", "RootResourceId": "{id}-root"}
    ),
    "AWS::ApiGateway::Stage": ResourceKind("StageName"),
    "AWS::CloudFormation::Stack": ResourceKind(
        ref="arn:{partition}:cloudformation:{region}:{account}:stack/{name}/{id}"
    ),
    "AWS::ApiGateway::UsagePlan": ResourceKind(ref="{id}", attributes={"Id": "{id}"}),
    "AWS::Cognito::UserPool": ResourceKind(
        ref="{region}_{id}",
        attributes={
            "Arn": "arn:{partition}:cognito-idp:{region}:{account}:userpool/{region}_{id}",
            "ProviderName": "cognito-idp.{region}.amazonaws.com/{region}_{id}",
            "ProviderURL": "https://cognito-idp.{region}.amazonaws.com/{region}_{id}",
            "UserPoolId": "{region}_{id}",
        },
    ),
    "AWS::DynamoDB::Table": ResourceKind(
        "TableName", attributes={"Arn": "arn:{partition}:dynamodb:{region}:{account}:table/{name}"}
    ),
    "AWS::IAM::ManagedPolicy": ResourceKind(
        "ManagedPolicyName",
        ref="arn:{partition}:iam::{account}:policy/{name}",
        attributes={"PolicyArn": "arn:{partition}:iam::{account}:policy/{name}"},
    ),
    "AWS::IAM::Role": ResourceKind(
        "RoleName", attributes={"Arn": "arn:{partition}:iam::{account}:role/{name}"}
    ),
    "AWS::KMS::Key": ResourceKind(
        ref="{id}",
        attributes={"Arn": "arn:{partition}:kms:{region}:{account}:key/{id}", "KeyId": "{id}"},
    ),
    "AWS::Kinesis::Stream": ResourceKind(
        "Name", attributes={"Arn": "arn:{partition}:kinesis:{region}:{account}:stream/{name}"}
    ),
    "AWS::Lambda::Alias": ResourceKind(
        ref=_FUNCTION_ARN + ":{FunctionName}:{Name}",
        attributes={"AliasArn": _FUNCTION_ARN + ":{FunctionName}:{Name}"},
    ),
    "AWS::Lambda::Function": ResourceKind(
        "FunctionName", attributes={"Arn": _FUNCTION_ARN + ":{name}"}
    ),
    "AWS::Lambda::LayerVersion": ResourceKind(
        "LayerName",
        ref="arn:{partition}:lambda:{region}:{account}:layer:{name}:1",
        attributes={
            "LayerVersionArn": "arn:{partition}:lambda:{region}:{account}:layer:{name}:1",
        },
    ),
    "AWS::Lambda::Version": ResourceKind(
        ref=_FUNCTION_ARN + ":{FunctionName}:1",
        attributes={"Version": "1", "FunctionArn": _FUNCTION_ARN + ":{FunctionName}:1"},
    ),
    "AWS::Logs::LogGroup": ResourceKind(
        "LogGroupName",
        attributes={"Arn": "arn:{partition}:logs:{region}:{account}:log-group:{name}:*"},
    ),
    "AWS::S3::Bucket": ResourceKind(
        "BucketName", attributes={"Arn": "arn:{partition}:s3:::{name}"}
    ),
    "AWS::SNS::Topic": ResourceKind(
        "TopicName",
        ref="arn:{partition}:sns:{region}:{account}:{name}",
        attributes={
            "TopicArn": "arn:{partition}:sns:{region}:{account}:{name}",
            "TopicName": "{name}",
        },
    ),
    "AWS::SQS::Queue": ResourceKind(
        "QueueName",
        ref="https://sqs.{region}.amazonaws.com/{account}/{name}",
        attributes={
            "Arn": "arn:{partition}:sqs:{region}:{account}:{name}",
            "QueueName": "{name}",
            "QueueUrl": "https://sqs.{region}.amazonaws.com/{account}/{name}",
        },
    ),
    "AWS::SSM::Parameter": ResourceKind("Name", attributes={"Value": "{Value}"}),
    "AWS::SecretsManager::Secret": ResourceKind(
        "Name",
        ref="arn:{partition}:secretsmanager:{region}:{account}:secret:{name}",
        attributes={"Id": "arn:{partition}:secretsmanager:{region}:{account}:secret:{name}"},
    ),
}

UNKNOWN_KIND: Final = ResourceKind()


@lru_cache(maxsize=1024)
def create_placeholder_id(*parts: str) -> str:
    """Make ten lower-case letters and digits out of names, as API Gateway's ids look."""
    digest = int(hashlib.sha256("/".join(parts).encode()).hexdigest(), 16)
    alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(alphabet[digest // 36**exponent % 36] for exponent in range(10))


def create_placeholder_name(stack: str, logical_id: str) -> str:
    """Return a name out of both, as CloudFormation generates it: at most 64 characters.

    A longer name would not be that of a function.
    https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html (FunctionName)
    """
    name = f"{stack.replace('/', '-')}-{logical_id}"
    if len(name) <= _NAME_MAX_LENGTH:
        return name
    unique = create_placeholder_id(stack, logical_id)
    return f"{name[: _NAME_MAX_LENGTH - len(unique) - 1]}-{unique}"


def extract_function_name(name_or_arn: str) -> str:
    """Return the bare name of a function given by name, by ARN, or by partial ARN.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (FunctionName)
    """
    head, _, tail = name_or_arn.rpartition("function:")
    return (tail if head else name_or_arn).split(":")[0]
