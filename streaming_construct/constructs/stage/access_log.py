"""Where a streaming REST API writes its access log, and what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy, Stack, Token
from aws_cdk.aws_apigateway import AccessLogFormat
from aws_cdk.aws_iam import ServicePrincipal
from constructs import Construct

from streaming_construct.model.subject import Subject
from streaming_construct.observability.access_log_format import streaming_access_log_format
from streaming_construct.rules.checks.logging import access_log_findings
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.monitoring import ACCESS_LOG_INVALID

if TYPE_CHECKING:
    from aws_cdk.aws_kms import IKey
    from aws_cdk.aws_logs import ILogGroup, RetentionDays


@dataclass(frozen=True, kw_only=True)
class AccessLog:
    """What a caller asked for; the fields are the arguments of `StreamingRestApi`."""

    enabled: bool
    format: AccessLogFormat | None
    group: ILogGroup | None
    retention: RetentionDays | None
    removal_policy: RemovalPolicy | None
    encryption_key: IKey | None

    def findings(self) -> Iterator[Finding]:
        """Yield what does not go together, and what API Gateway refuses of the format."""
        of_new_group = {
            "access_log_retention": self.retention,
            "access_log_removal_policy": self.removal_policy,
            "access_log_encryption_key": self.encryption_key,
        }
        settings = {
            "access_log_format": self.format,
            "access_log_group": self.group,
            **of_new_group,
        }
        if not self.enabled:
            yield from _superfluous(settings, "access_log is False")
        elif self.group is not None:
            yield from _superfluous(of_new_group, "access_log_group has settings of its own")
        if self.format is not None and not Token.is_unresolved(text := self.format.to_string()):
            yield from access_log_findings(text, Subject("stage"))

    def log_group(self, scope: Construct) -> ILogGroup | None:
        """Return the group to write to: the caller's, or a new one; None when there is no log."""
        if not self.enabled or self.group is not None:
            return self.group
        from aws_cdk.aws_logs import LogGroup, RetentionDays

        if self.encryption_key is not None:
            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
            self.encryption_key.grant_encrypt_decrypt(
                ServicePrincipal(f"logs.{Stack.of(scope).region}.amazonaws.com")
            )
        return LogGroup(
            scope,
            "AccessLog",
            retention=self.retention or RetentionDays.ONE_YEAR,
            removal_policy=self.removal_policy or RemovalPolicy.RETAIN,
            encryption_key=self.encryption_key,
        )

    def format_text(self) -> str:
        """Return the line that is written for a request, as text or a token."""
        return self.format.to_string() if self.format else streaming_access_log_format()

    def log_format(self) -> AccessLogFormat:
        """Return the caller's format, or the one with the variables that CDK's own lack."""
        return self.format or AccessLogFormat.custom(streaming_access_log_format())


def _superfluous(settings: Mapping[str, object], because: str) -> Iterator[Finding]:
    for name, value in settings.items():
        if value is not None:
            yield ACCESS_LOG_INVALID.at(
                Subject("stage"),
                f"{name} has no effect, since {because}",
                fix=f"Leave {name} out, or change that.",
            )
