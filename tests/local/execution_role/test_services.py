"""The permissions that calls require. boto3 writes the requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from streaming_construct.local.execution_role.aws_call import (
    AwsCall,
    SignedRequest,
    read_scope,
    split_target,
)
from streaming_construct.local.execution_role.services import read_call

ROLE = "arn:aws:iam::123456789012:role/R"
DYNAMODB = "arn:aws:dynamodb:us-east-1:123456789012:table"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret"
BEDROCK = "arn:aws:bedrock:us-east-1"
MODEL = "anthropic.claude-haiku-4-5-20251001-v1:0"
KEY = {"id": {"S": "1"}}
QUEUE_URL = "http://127.0.0.1:4566/000000000000/jobs"


@pytest.fixture(scope="module")
def clients() -> dict[str, Any]:
    return {}


def record_call(
    clients: dict[str, Any],
    service: str,
    method: str,
    arguments: Mapping[str, Any],
    names: Mapping[str, str] | None = None,
) -> AwsCall:
    """Return the call that the gateway reads from the request of boto3."""
    if service not in clients:
        clients[service] = boto3.client(
            service,
            endpoint_url="http://127.0.0.1:9",
            region_name="us-east-1",
            aws_access_key_id="ASIATEST",
            aws_secret_access_key="secret",
        )
    client, sent = clients[service], []

    def keep(request: Any, **_: Any) -> AWSResponse:
        sent.append(request)
        raise RuntimeError("it is not sent")

    client.meta.events.register_first("before-send", keep)
    try:
        getattr(client, method)(**arguments)
    except RuntimeError:
        pass
    finally:
        client.meta.events.unregister("before-send", keep)
    request = sent[0]
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else str(value)
        for name, value in request.headers.items()
    }
    path, query = split_target(request.url.removeprefix("http://127.0.0.1:9"))
    scope = read_scope(headers, query)
    assert scope is not None
    body = request.body or b""
    return read_call(
        SignedRequest(
            method=request.method,
            path=path,
            query=query,
            headers=headers,
            body=body.encode() if isinstance(body, str) else getattr(body, "read", lambda: body)(),
            scope=scope,
            account="123456789012",
            names=names or {},
        ),
        ROLE,
    )


def permissions_of(call: AwsCall) -> list[tuple[str, str]]:
    return [(permission.action, permission.resources[0]) for permission in call.permissions]


@pytest.mark.parametrize(
    ("service", "method", "arguments", "expected"),
    [
        (
            *("dynamodb", "get_item", {"TableName": "jobs", "Key": KEY}),
            [("dynamodb:GetItem", f"{DYNAMODB}/jobs")],
        ),
        (
            *("dynamodb", "query", {"TableName": f"{DYNAMODB}/jobs", "IndexName": "by-user"}),
            [("dynamodb:Query", f"{DYNAMODB}/jobs/index/by-user")],
        ),
        (
            *("dynamodb", "batch_get_item", {"RequestItems": {"a": {"Keys": [KEY]}}}),
            [("dynamodb:BatchGetItem", f"{DYNAMODB}/a")],
        ),
        (
            "dynamodb",
            "transact_write_items",
            {
                "TransactItems": [
                    {"Put": {"TableName": "a", "Item": KEY}},
                    {"Delete": {"TableName": "b", "Key": KEY}},
                ]
            },
            [
                ("dynamodb:PutItem", f"{DYNAMODB}/a"),
                ("dynamodb:DeleteItem", f"{DYNAMODB}/b"),
            ],
        ),
        ("dynamodb", "list_tables", {}, [("dynamodb:ListTables", "*")]),
        (
            *("s3", "get_object", {"Bucket": "docs", "Key": "a/b c.txt"}),
            [("s3:GetObject", "arn:aws:s3:::docs/a/b c.txt")],
        ),
        (
            *("s3", "put_object", {"Bucket": "docs", "Key": "a", "Body": b"x"}),
            [("s3:PutObject", "arn:aws:s3:::docs/a")],
        ),
        ("s3", "list_objects_v2", {"Bucket": "docs"}, [("s3:ListBucket", "arn:aws:s3:::docs")]),
        (
            "s3",
            "delete_objects",
            {"Bucket": "docs", "Delete": {"Objects": [{"Key": "a"}, {"Key": "b"}]}},
            [
                ("s3:DeleteObject", "arn:aws:s3:::docs/a"),
                ("s3:DeleteObject", "arn:aws:s3:::docs/b"),
            ],
        ),
        (
            *("s3", "copy_object", {"Bucket": "docs", "Key": "new", "CopySource": "old/a"}),
            [
                ("s3:PutObject", "arn:aws:s3:::docs/new"),
                ("s3:GetObject", "arn:aws:s3:::old/a"),
            ],
        ),
        ("s3", "list_buckets", {}, [("s3:ListAllMyBuckets", "*")]),
        (
            *("sqs", "send_message", {"QueueUrl": QUEUE_URL, "MessageBody": "x"}),
            [("sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:jobs")],
        ),
        (
            *("sqs", "delete_message_batch", {"QueueUrl": QUEUE_URL, "Entries": []}),
            [("sqs:DeleteMessage", "arn:aws:sqs:us-east-1:123456789012:jobs")],
        ),
        (
            "sns",
            "publish",
            {"TopicArn": "arn:aws:sns:us-east-1:000000000000:news", "Message": "x"},
            [("sns:Publish", "arn:aws:sns:us-east-1:123456789012:news")],
        ),
        (
            *("secretsmanager", "get_secret_value", {"SecretId": "key"}),
            [("secretsmanager:GetSecretValue", f"{SECRET}:key")],
        ),
        (
            *("ssm", "get_parameters", {"Names": ["/a/b", "c:3"]}),
            [
                ("ssm:GetParameters", "arn:aws:ssm:us-east-1:123456789012:parameter/a/b"),
                ("ssm:GetParameters", "arn:aws:ssm:us-east-1:123456789012:parameter/c"),
            ],
        ),
        (
            *("bedrock-runtime", "converse_stream", {"modelId": MODEL, "messages": []}),
            [("bedrock:InvokeModelWithResponseStream", f"{BEDROCK}::foundation-model/{MODEL}")],
        ),
        (
            *("bedrock-runtime", "invoke_model", {"modelId": f"eu.{MODEL}", "body": b"{}"}),
            [
                ("bedrock:InvokeModel", f"{BEDROCK}:123456789012:inference-profile/eu.{MODEL}"),
                ("bedrock:InvokeModel", f"{BEDROCK}::foundation-model/{MODEL}"),
            ],
        ),
        ("sts", "get_caller_identity", {}, []),
        (
            *("sts", "assume_role", {"RoleArn": ROLE, "RoleSessionName": "name"}),
            [("sts:AssumeRole", ROLE)],
        ),
    ],
)
def test_a_call_requires_these_permissions(
    clients: dict[str, Any],
    service: str,
    method: str,
    arguments: Mapping[str, Any],
    expected: list[tuple[str, str]],
) -> None:
    call = record_call(clients, service, method, arguments)

    assert permissions_of(call) == expected
    assert call.not_evaluated is None


@pytest.mark.parametrize(
    ("service", "method", "arguments", "operation"),
    [
        ("kms", "encrypt", {"KeyId": "k", "Plaintext": b"x"}, "kms:Encrypt"),
        ("s3", "get_bucket_policy", {"Bucket": "docs"}, "s3:GET /docs?policy"),
        ("ssm", "start_session", {"Target": "i-1"}, "ssm:StartSession"),
        ("dynamodb", "execute_statement", {"Statement": "SELECT"}, "dynamodb:ExecuteStatement"),
    ],
)
def test_an_unsupported_call_is_reported_as_not_evaluated(
    clients: dict[str, Any],
    service: str,
    method: str,
    arguments: Mapping[str, Any],
    operation: str,
) -> None:
    call = record_call(clients, service, method, arguments)

    assert (call.operation, call.permissions) == (operation, ())
    assert call.not_evaluated


def test_a_secret_may_have_the_suffix_of_aws(clients: dict[str, Any]) -> None:
    call = record_call(clients, "secretsmanager", "get_secret_value", {"SecretId": "key"})

    assert call.permissions[0].resources == (f"{SECRET}:key", f"{SECRET}:key-AbCdEf")


def test_a_name_of_the_user_replaces_that_of_the_template(clients: dict[str, Any]) -> None:
    names = {"dev-jobs": "Stack-Table", QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/1/Stack-Q"}
    table = record_call(clients, "dynamodb", "scan", {"TableName": "dev-jobs"}, names)
    queue = record_call(clients, "sqs", "purge_queue", {"QueueUrl": QUEUE_URL}, names)

    assert permissions_of(table) == [("dynamodb:Scan", f"{DYNAMODB}/Stack-Table")]
    assert permissions_of(queue) == [("sqs:PurgeQueue", "arn:aws:sqs:us-east-1:1:Stack-Q")]


def test_the_context_has_keys_that_this_machine_knows(clients: dict[str, Any]) -> None:
    arguments = {"Bucket": "docs", "Prefix": "a/"}
    (required,) = record_call(clients, "s3", "list_objects_v2", arguments).permissions

    assert required.context["aws:requestedregion"] == ("us-east-1",)
    assert required.context["s3:prefix"] == ("a/",)
    assert required.context["s3:delimiter"] == ()
    assert "aws:sourcevpce" not in required.context
