"""`local --with-role`: a function calls AWS with boto3, and the policies of its role decide."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
import requests

from streaming_construct.local.lambda_.options import LambdaOptions
from streaming_construct.local.local_api import LocalApi
from tests.support.emulator import REGION, Emulator, started_emulator

FUNCTION = """
import json

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

CONFIG = Config(retries={"total_max_attempts": 1})


def handler(event, context):
    call = json.loads(event["body"])
    client = boto3.client(call["service"], config=CONFIG)
    try:
        result = getattr(client, call["method"])(**call["arguments"])
    except ClientError as error:
        result = error.response
    if hasattr(result.get("Body"), "read"):
        result["Body"] = result["Body"].read().decode()
    return {"statusCode": 200, "body": json.dumps(result, default=str)}
"""


def _statement(action: object, resource: object, effect: str = "Allow") -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource}


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


TABLE = {"Fn::GetAtt": ["Table", "Arn"]}
TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {}},
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {},
                "PermissionsBoundary": {"Ref": "Limit"},
                "ManagedPolicyArns": [
                    "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
                    {"Ref": "Buckets"},
                ],
                "Policies": [
                    {
                        "PolicyName": "tables",
                        "PolicyDocument": _document(
                            _statement(["dynamodb:GetItem", "dynamodb:PutItem"], TABLE),
                            _statement("dynamodb:Query", TABLE, "Deny"),
                        ),
                    }
                ],
            },
        },
        "Buckets": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "PolicyDocument": _document(_statement("s3:*", "arn:aws:s3:::docs/*")),
            },
        },
        "Limit": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "PolicyDocument": _document(
                    {"Effect": "Allow", "NotAction": "s3:GetObjectTagging", "Resource": "*"}
                ),
            },
        },
        "DocsPolicy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {
                "Bucket": "docs",
                "PolicyDocument": _document(
                    _statement("s3:DeleteObject", "*", "Deny") | {"Principal": "*"},
                    _statement("s3:GetBucketLocation", "*")
                    | {"Principal": {"AWS": {"Fn::GetAtt": ["Role", "Arn"]}}},
                ),
            },
        },
        "Queues": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "PolicyName": "queues",
                "Roles": [{"Ref": "Role"}],
                "PolicyDocument": _document(
                    _statement("sqs:*", {"Fn::GetAtt": ["Elsewhere", "Arn"]}),
                    _statement("dynamodb:*", TABLE, "Deny")
                    | {"Condition": {"StringNotEquals": {"aws:RequestedRegion": REGION}}},
                ),
            },
        },
        "Elsewhere": {"Type": "Custom::Queue"},
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.14",
                "Handler": "index.handler",
                "Timeout": 30,
                "Code": {"ZipFile": FUNCTION},
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Environment": {"Variables": {"TABLE": {"Ref": "Table"}}},
            },
        },
        "Api": {
            "Type": "AWS::ApiGateway::RestApi",
            "Properties": {
                "Body": {
                    "openapi": "3.0.1",
                    "paths": {
                        "/": {
                            "post": {
                                "x-amazon-apigateway-integration": {
                                    "type": "aws_proxy",
                                    "httpMethod": "POST",
                                    "uri": {
                                        "Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path"
                                        "/2015-03-31/functions/${Function.Arn}/invocations"
                                    },
                                }
                            }
                        }
                    },
                }
            },
        },
        "Deployment": {
            "Type": "AWS::ApiGateway::Deployment",
            "Properties": {"RestApiId": {"Ref": "Api"}},
        },
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {
                "StageName": "prod",
                "RestApiId": {"Ref": "Api"},
                "DeploymentId": {"Ref": "Deployment"},
            },
        },
    }
}
ITEM = {"id": {"S": "1"}, "text": {"S": "hello"}}


@dataclass(frozen=True)
class Caller:
    """The function that calls AWS."""

    api: LocalApi
    log: pytest.LogCaptureFixture

    def call(self, service: str, method: str, **arguments: Any) -> dict[str, Any]:
        body = {"service": service, "method": method, "arguments": arguments}
        response = requests.post(self.api.url_for_path("/"), json=body, timeout=60)
        assert response.status_code == 200, response.text
        result: dict[str, Any] = response.json()
        return result

    def lines(self) -> list[str]:
        return [record.getMessage() for record in self.log.records]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with started_emulator(tmp_path_factory.mktemp("ministack")) as started:
        started.client("dynamodb").create_table(
            TableName="dev-table",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        started.client("s3").create_bucket(Bucket="docs")
        yield started


@pytest.fixture(scope="module")
def api(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalApi]:
    file = tmp_path_factory.mktemp("stack") / "template.json"
    file.write_text(json.dumps(TEMPLATE))
    with LocalApi.from_template(
        file,
        env={"AWS_ENDPOINT_URL": emulator.url, "TABLE": "dev-table"},
        functions=LambdaOptions(checks_roles=True),
    ) as api:
        yield api


@pytest.fixture
def caller(api: LocalApi, caplog: pytest.LogCaptureFixture) -> Caller:
    caplog.set_level(logging.INFO, "streaming_construct.local.local_api")
    return Caller(api, caplog)


def test_allowed_calls_reach_the_endpoint_of_the_user(caller: Caller, emulator: Emulator) -> None:
    """The policy names the table of the template, and the user's table replaces it."""
    caller.call("dynamodb", "put_item", TableName="dev-table", Item=ITEM)
    result = caller.call("dynamodb", "get_item", TableName="dev-table", Key={"id": {"S": "1"}})
    stored = emulator.client("dynamodb").get_item(TableName="dev-table", Key={"id": {"S": "1"}})

    assert result["Item"] == stored["Item"] == ITEM
    assert not [line for line in caller.lines() if "the role" in line]


def test_a_call_that_no_policy_allows_is_denied_and_named(caller: Caller) -> None:
    result = caller.call("dynamodb", "scan", TableName="dev-table")

    assert result["Error"]["Code"] == "AccessDeniedException"
    (line,) = [line for line in caller.lines() if "dynamodb:Scan" in line]
    arn = f"arn:aws:dynamodb:{REGION}:123456789012:table/template-Table"
    assert line == (
        f"Function: the role Role does not allow dynamodb:Scan on {arn}. Add the statement "
        f'{{"Effect": "Allow", "Action": "dynamodb:Scan", "Resource": "{arn}"}}.'
    )
    assert result["Error"]["Message"] == (
        "User: arn:aws:sts::123456789012:assumed-role/template-Role/template-Function is not"
        f" authorized to perform: dynamodb:Scan on resource: {arn} because no identity-based"
        " policy allows the dynamodb:Scan action"
    )


def test_an_explicit_denial_names_its_policy(caller: Caller) -> None:
    result = caller.call(
        "dynamodb",
        "query",
        TableName="dev-table",
        KeyConditionExpression="id = :id",
        ExpressionAttributeValues={":id": {"S": "1"}},
    )

    assert "explicit deny" in result["Error"]["Message"]
    assert any("denies dynamodb:Query" in line and "tables" in line for line in caller.lines())


def test_the_error_has_the_protocol_of_the_service(caller: Caller) -> None:
    """XML of S3, AWS Query and AWS JSON."""
    listing = caller.call("s3", "list_objects_v2", Bucket="docs")
    topic = f"arn:aws:sns:{REGION}:000000000000:news"
    published = caller.call("sns", "publish", TopicArn=topic, Message="x")
    parameter = caller.call("ssm", "get_parameter", Name="/x")

    assert listing["Error"]["Code"] == "AccessDenied"
    assert listing["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert published["Error"]["Code"] == "AccessDenied"
    assert "sns:Publish" in published["Error"]["Message"]
    assert parameter["Error"]["Code"] == "AccessDeniedException"


def test_a_boundary_and_a_bucket_policy_decide_with_the_role(caller: Caller) -> None:
    """Both deny what the role allows; the policy of the bucket allows what the role does not."""
    tagging = caller.call("s3", "get_object_tagging", Bucket="docs", Key="a")
    deletion = caller.call("s3", "delete_object", Bucket="docs", Key="a")
    location = caller.call("s3", "get_bucket_location", Bucket="docs")

    assert "no permissions boundary allows the s3:GetObjectTagging" in tagging["Error"]["Message"]
    assert "explicit deny in a resource-based policy" in deletion["Error"]["Message"]
    assert location["ResponseMetadata"]["HTTPStatusCode"] == 200
    (boundary,) = [line for line in caller.lines() if "s3:GetObjectTagging" in line]
    assert boundary.startswith("Function: the permissions boundary Limit of the role Role does not")
    (denial,) = [line for line in caller.lines() if "s3:DeleteObject" in line]
    assert denial.startswith("Function: the resource policy DocsPolicy denies s3:DeleteObject on")


def test_an_object_is_written_and_read(caller: Caller) -> None:
    caller.call("s3", "put_object", Bucket="docs", Key="a b/ü.txt", Body="text")

    assert caller.call("s3", "get_object", Bucket="docs", Key="a b/ü.txt")["Body"] == "text"


def test_an_unknown_decision_is_reported_and_the_call_forwarded(caller: Caller) -> None:
    """The policy allows a queue whose ARN only a deployment creates."""
    for _ in range(2):
        result = caller.call("sqs", "create_queue", QueueName="jobs")

    assert "jobs" in result["QueueUrl"]
    reported = [line for line in caller.lines() if "sqs:CreateQueue was not checked" in line]
    assert len(reported) == 1
    assert "Elsewhere" in reported[0]


def test_an_unsupported_service_is_reported(caller: Caller) -> None:
    caller.call("kms", "list_keys")

    (line,) = [line for line in caller.lines() if "kms:ListKeys" in line]
    assert "the service kms is not evaluated. The call is forwarded." in line


def test_a_call_without_the_key_of_a_function_is_rejected(api: LocalApi, caller: Caller) -> None:
    """Neither a page in a browser nor another program of this machine has access."""
    session = api._started.result()
    assert session.role_endpoint is not None
    (address,) = session.role_endpoint._addresses.values()
    client = boto3.client(
        "dynamodb",
        endpoint_url=address,
        region_name=REGION,
        aws_access_key_id="ASIAOTHER",
        aws_secret_access_key="other",
    )

    with pytest.raises(client.exceptions.ClientError, match="not signed with the key"):
        client.list_tables()
    assert requests.post(address, data="{}", timeout=10).status_code == 403
    assert any("is rejected" in line for line in caller.lines())
