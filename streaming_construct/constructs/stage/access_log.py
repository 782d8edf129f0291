"""`AccessLog`: what a stage writes for each request, and where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import jsii
from aws_cdk import ArnFormat, RemovalPolicy, Stack, Token
from aws_cdk.aws_apigateway import (
    AccessLogDestinationConfig,
    AccessLogFormat,
    IAccessLogDestination,
)
from aws_cdk.aws_iam import PolicyStatement, ServicePrincipal
from constructs import Construct

from streaming_construct.constructs.cdk.validation import check_argument_types, check_cdk_objects
from streaming_construct.model.subject import Subject
from streaming_construct.observability.access_log_format import build_streaming_access_log_format
from streaming_construct.rules.checks.logging import check_access_log
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.monitoring import ACCESS_LOG_INVALID

if TYPE_CHECKING:
    from aws_cdk.aws_kms import IKey
    from aws_cdk.aws_logs import ILogGroup, RetentionDays
    from aws_cdk.interfaces.aws_apigateway import IStageRef


@jsii.implements(IAccessLogDestination)
class AccessLog:
    """An access log in CloudWatch Logs, with the variables of response streaming.

    It implements `IAccessLogDestination`, for CDK's `StageOptions.access_log_destination`.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html

    Attributes:
        format: The format of a line. Default: JSON with identity, errors, latencies, transfer
            mode, and the times to headers and to first content.
        group: The log group. Default: a new log group, which the other attributes configure.
        retention: The retention of the new log group. Default: one year.
        removal_policy: The removal policy of the new log group. Default: RETAIN.
        encryption_key: A KMS key that encrypts the new log group. The construct lets CloudWatch
            Logs use the key for log groups of this account and Region. The policy of an imported
            key must already allow it.
            https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
            Default: the key of CloudWatch Logs.
    """

    # No dataclass: jsii would serialize one by its fields instead of calling `bind`.
    def __init__(
        self,
        *,
        format: AccessLogFormat | None = None,  # noqa: A002 - CDK's word is access_log_format
        group: ILogGroup | None = None,
        retention: RetentionDays | None = None,
        removal_policy: RemovalPolicy | None = None,
        encryption_key: IKey | None = None,
    ) -> None:
        self.format = format
        self.group = group
        self.retention = retention
        self.removal_policy = removal_policy
        self.encryption_key = encryption_key

    def create_log_group(self, scope: Construct) -> AccessLog:
        """Return the same access log with its log group, created in `scope` unless given."""
        return AccessLog(format=self.format, group=self.resolve_log_group(scope))

    def bind(self, stage: IStageRef) -> AccessLogDestinationConfig:
        """Return the ARN of the log group; a new one is created below `stage`. CDK calls this."""
        group = self.resolve_log_group(cast("Construct", stage))
        return AccessLogDestinationConfig(destination_arn=group.log_group_arn)

    def resolve_log_group(self, scope: Construct) -> ILogGroup:
        """Return `group`, or a new log group in `scope`."""
        if self.group is not None:
            return self.group
        from aws_cdk.aws_logs import LogGroup, RetentionDays

        if self.encryption_key is not None:
            allow_log_encryption(self.encryption_key, Stack.of(scope))
        return LogGroup(
            scope,
            "AccessLog",
            retention=self.retention or RetentionDays.ONE_YEAR,
            removal_policy=self.removal_policy or RemovalPolicy.RETAIN,
            encryption_key=self.encryption_key,
        )

    def format_text(self) -> str:
        """Return the format of a line, as text or a token."""
        return self.format.to_string() if self.format else build_streaming_access_log_format()

    def log_format(self) -> AccessLogFormat:
        """Return the format for CDK's `StageOptions`."""
        return self.format or AccessLogFormat.custom(build_streaming_access_log_format())

    def check(self) -> Iterator[Finding]:
        """Yield attributes without effect, and what API Gateway rejects in the format."""
        arguments = {
            "retention": self.retention,
            "removal_policy": self.removal_policy,
            "encryption_key": self.encryption_key,
        }
        for name, value in arguments.items() if self.group is not None else ():
            if value is not None:
                yield ACCESS_LOG_INVALID.at(
                    Subject("access log"),
                    f"{name} has no effect on the given group",
                    fix=f"Remove {name} and set it on the group, or remove group.",
                )
        subject = Subject("access log")
        yield from check_argument_types(
            subject,
            format=(self.format, AccessLogFormat),
            removal_policy=(self.removal_policy, RemovalPolicy),
        )
        yield from check_cdk_objects(
            subject,
            group=(self.group, "ILogGroup"),
            retention=(self.retention, "RetentionDays"),
            encryption_key=(self.encryption_key, "IKey"),
        )
        if isinstance(self.format, AccessLogFormat):
            text = self.format.to_string()
            if not Token.is_unresolved(text):
                yield from check_access_log(text, Subject("stage"))


def allow_log_encryption(key: IKey, stack: Stack) -> None:
    """Let CloudWatch Logs use a key for log groups of the account and Region of a stack.

    The encryption context names the log group, so that the service decrypts nothing else
    with this key. The ARN of one group would be circular: the group refers to the key.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    groups = stack.format_arn(service="logs", resource="*", arn_format=ArnFormat.NO_RESOURCE_NAME)
    key.add_to_resource_policy(
        PolicyStatement(
            principals=[ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
            actions=[
                "kms:Encrypt",
                "kms:Decrypt",
                "kms:ReEncrypt*",
                "kms:GenerateDataKey*",
                "kms:Describe*",
            ],
            resources=["*"],
            conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
        ),
        True,  # noqa: FBT003 - allow_no_op: the policy of an imported key is not changed
    )
