"""The access log of the stage, and the CloudWatch role of the account."""

from __future__ import annotations

import json

from aws_cdk import RemovalPolicy, Stack, aws_kms, aws_logs
from aws_cdk.aws_apigateway import AccessLogFormat

from streaming_construct import AccessLog, StreamingRestApi
from tests.support.synthesis import Template, new_function, only, resources, synthesize


def test_the_access_log_is_on_with_the_streaming_variables(minimal: Template) -> None:
    """It is JSON, with the three variables of response streaming."""
    setting = only(minimal, "AWS::ApiGateway::Stage")["AccessLogSetting"]
    line = json.loads(setting["Format"])

    assert line["responseTransferMode"] == "$context.integration.responseTransferMode"
    assert line["timeToAllHeaders"] == "$context.integration.timeToAllHeaders"
    assert line["timeToFirstContent"] == "$context.integration.timeToFirstContent"
    assert {
        "requestId",
        "extendedRequestId",
        "ip",
        "errorMessage",
        "integrationLatency",
    } <= set(line)
    (group,) = resources(minimal, "AWS::Logs::LogGroup")
    assert setting["DestinationArn"] == {"Fn::GetAtt": [group, "Arn"]}


def test_the_log_group_retains_a_year(minimal: Template) -> None:
    """The group stays when the stack is deleted."""
    (group,) = resources(minimal, "AWS::Logs::LogGroup").values()

    assert group["Properties"]["RetentionInDays"] == 365
    assert group["DeletionPolicy"] == "Retain"


def test_the_new_log_group_has_the_given_options(stack: Stack) -> None:
    """Retention, removal policy and key are arguments."""
    key = aws_kms.Key(stack, "Key")
    StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        access_log=AccessLog(
            retention=aws_logs.RetentionDays.ONE_WEEK,
            removal_policy=RemovalPolicy.DESTROY,
            encryption_key=key,
        ),
    )

    (group,) = resources(synthesize(stack), "AWS::Logs::LogGroup").values()
    assert group["Properties"]["RetentionInDays"] == 7
    assert group["DeletionPolicy"] == "Delete"
    assert group["Properties"]["KmsKeyId"] == stack.resolve(key.key_arn)
    policy = json.dumps(only(synthesize(stack), "AWS::KMS::Key")["KeyPolicy"])
    (statement,) = (
        statement
        for statement in only(synthesize(stack), "AWS::KMS::Key")["KeyPolicy"]["Statement"]
        if "Condition" in statement
    )
    context = statement["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    assert "logs." in policy
    assert "kms:Encrypt" in statement["Action"]
    assert ":logs:" in json.dumps(context)
    assert json.dumps(context).count("AWS::AccountId") == 1
    assert policy.count("kms:Decrypt") == 1  # no other statement for the service


def test_a_log_group_and_a_format_may_be_given(stack: Stack) -> None:
    """No other group is created."""
    group = aws_logs.LogGroup(stack, "Mine")
    api = StreamingRestApi(
        stack,
        "Api",
        handler=new_function(stack),
        access_log=AccessLog(format=AccessLogFormat.clf(), group=group),
    )

    template = synthesize(stack)
    assert api.access_log_group is group
    assert len(resources(template, "AWS::Logs::LogGroup")) == 1
    setting = only(template, "AWS::ApiGateway::Stage")["AccessLogSetting"]
    assert setting["Format"].startswith("$context.identity.sourceIp")


def test_the_access_log_can_be_disabled(stack: Stack) -> None:
    """There is no log group and no setting."""
    api = StreamingRestApi(stack, "Api", handler=new_function(stack), access_log=False)

    template = synthesize(stack)
    assert api.access_log_group is None
    assert not resources(template, "AWS::Logs::LogGroup")
    assert "AccessLogSetting" not in only(template, "AWS::ApiGateway::Stage")


def test_the_cloudwatch_role_is_created_and_retained(minimal: Template) -> None:
    """A first deployment works. The deletion of the stack does not break other APIs."""
    (account,) = resources(minimal, "AWS::ApiGateway::Account").values()

    assert account["DeletionPolicy"] == "Retain"


def test_the_cloudwatch_role_can_be_left_out(stack: Stack) -> None:
    """One argument does it, if another stack has created the role."""
    StreamingRestApi(stack, "Api", handler=new_function(stack), cloud_watch_role=False)

    assert not resources(synthesize(stack), "AWS::ApiGateway::Account")
