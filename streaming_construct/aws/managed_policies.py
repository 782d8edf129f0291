"""AWS managed policies that execution roles of functions often have.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_LOGS: Final = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")

# Statements of one policy: pairs of actions and resources, all of them allowed.
Statements = tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]


def _allow(*actions: str) -> Statements:
    return ((actions, ("*",)),)


MANAGED_POLICIES: Final[Mapping[str, Statements]] = {
    "AdministratorAccess": _allow("*"),
    "AWSLambda_FullAccess": (
        (("lambda:*",), ("*",)),
        (("cloudformation:Describe*", "cloudformation:ListStackResources"), ("*",)),
    ),
    "AmazonS3FullAccess": _allow("s3:*", "s3-object-lambda:*"),
    "AmazonS3ReadOnlyAccess": _allow(
        "s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*"
    ),
    "AmazonSQSFullAccess": _allow("sqs:*"),
    "AmazonSSMReadOnlyAccess": _allow("ssm:Describe*", "ssm:Get*", "ssm:List*"),
    "AWSXRayDaemonWriteAccess": _allow(
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        "xray:GetSamplingStatisticSummaries",
    ),
    "CloudWatchLambdaInsightsExecutionRolePolicy": (
        (("logs:CreateLogGroup",), ("*",)),
        (
            ("logs:CreateLogStream", "logs:PutLogEvents"),
            ("arn:aws:logs:*:*:log-group:/aws/lambda-insights:*",),
        ),
    ),
    "service-role/AWSLambdaBasicExecutionRole": _allow(*_LOGS),
    "service-role/AWSLambdaRole": _allow("lambda:InvokeFunction"),
    "service-role/AmazonAPIGatewayPushToCloudWatchLogs": _allow(
        *_LOGS,
        "logs:DescribeLogGroups",
        "logs:DescribeLogStreams",
        "logs:GetLogEvents",
        "logs:FilterLogEvents",
    ),
    "service-role/AWSLambdaDynamoDBExecutionRole": _allow(
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
        *_LOGS,
    ),
    "service-role/AWSLambdaKinesisExecutionRole": _allow(
        "kinesis:DescribeStream",
        "kinesis:DescribeStreamSummary",
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:ListShards",
        "kinesis:ListStreams",
        "kinesis:SubscribeToShard",
        *_LOGS,
    ),
    "service-role/AWSLambdaSQSQueueExecutionRole": _allow(
        "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", *_LOGS
    ),
    "service-role/AWSLambdaVPCAccessExecutionRole": _allow(
        *_LOGS,
        "ec2:CreateNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:DeleteNetworkInterface",
        "ec2:AssignPrivateIpAddresses",
        "ec2:UnassignPrivateIpAddresses",
    ),
}
"""The statements of a managed policy, by its path and name below `policy/`."""
