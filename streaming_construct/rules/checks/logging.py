"""Logs: whether they exist, and whether they show which responses streamed.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from streaming_construct.aws.limits import ACCESS_LOG_FORMAT_MAX_BYTES
from streaming_construct.model.declaration import Declaration
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding, Rule, Severity

ACCESS_LOG_DISABLED: Final = Rule(
    id="access-log-disabled",
    severity=Severity.WARNING,
    title="Access logging disabled",
    what="A stage with streamed routes has no access log.",
    why="Only the access log records whether a response streamed. CloudWatch metrics do not.",
    fix=(
        "Enable access logging with `$context.requestId`, "
        "`$context.integration.responseTransferMode`, and "
        "`$context.integration.timeToFirstContent`."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html",
    tags=frozenset({"logging", "lint", "doctor"}),
)

ACCESS_LOG_MISSING_FIELDS: Final = Rule(
    id="access-log-missing-fields",
    severity=Severity.WARNING,
    title="Access log without streaming fields",
    what=(
        "The access log format lacks `$context.integration.responseTransferMode` or "
        "`$context.integration.timeToFirstContent`."
    ),
    why=(
        "The first field records whether a response streamed, the second its time to first "
        "byte. The variant `$content`, found in some examples, is a misspelling."
    ),
    fix="Add the fields to the access log format.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html",
    tags=frozenset({"logging", "lint", "doctor"}),
)

ACCESS_LOG_FORMAT_INVALID: Final = Rule(
    id="access-log-format-invalid",
    severity=Severity.ERROR,
    title="Invalid access log format",
    what="The access log format is larger than 3 KB or has no request ID.",
    why="API Gateway does not deploy the stage.",
    fix=(
        "Add `$context.requestId` or `$context.extendedRequestId`, and remove fields until "
        "the format fits."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    tags=frozenset({"logging", "synth", "lint", "doctor"}),
)

CLOUDWATCH_ROLE_NOT_RETAINED: Final = Rule(
    id="cloudwatch-role-not-retained",
    severity=Severity.WARNING,
    title="CloudWatch role not retained",
    what="The stack deletes the CloudWatch role of the account together with the stack.",
    why="An account has one CloudWatch role per Region for all APIs. Deleting it stops their logs.",
    fix="Set `DeletionPolicy: Retain` on the role and on `AWS::ApiGateway::Account`.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    tags=frozenset({"logging", "lint"}),
)

_STREAMING_VARIABLES: Final = (
    "$context.integration.responseTransferMode",
    "$context.integration.timeToFirstContent",
)


def check_logging(declaration: Declaration) -> Iterator[Finding]:
    """Yield a finding for each missing log of `api` and each missing access log field."""
    api = declaration.api
    stage, subject = api.stage, Subject("stage", api.stage.name)
    if stage.access_log_format is not None:
        for finding in check_access_log(stage.access_log_format, subject):
            yield replace(finding, location=stage.origin)
    if not declaration.has_streaming_intent:
        return
    if stage.is_complete and not stage.has_access_log:
        yield ACCESS_LOG_DISABLED.at(
            subject,
            "access logging is disabled, so that you cannot tell afterwards whether responses "
            "streamed",
            fix=f"Add an access log whose format has {' and '.join(_STREAMING_VARIABLES)}.",
            location=stage.origin,
        )
    missing = [name for name in _STREAMING_VARIABLES if name not in (stage.access_log_format or "")]
    if stage.access_log_format is not None and missing:
        yield ACCESS_LOG_MISSING_FIELDS.at(
            subject,
            f"the access log lacks {' and '.join(missing)}: these show which responses streamed",
            location=stage.origin,
        )
    if declaration.cloud_watch_role is not None and not declaration.cloud_watch_role.is_retained:
        yield CLOUDWATCH_ROLE_NOT_RETAINED.at(
            Subject("account's logging role"),
            "an account and Region have one role for the logs of all their APIs, and this one goes "
            "with its stack",
            location=declaration.cloud_watch_role.origin,
        )


def check_access_log(log_format: str, subject: Subject) -> Iterator[Finding]:
    """Yield what API Gateway rejects in `log_format`."""
    size = len(log_format.encode())
    if size > ACCESS_LOG_FORMAT_MAX_BYTES:
        yield ACCESS_LOG_FORMAT_INVALID.at(
            subject,
            f"the access log format has {size} bytes, more than the limit of "
            f"{ACCESS_LOG_FORMAT_MAX_BYTES}",
            fix="Remove some of its fields.",
        )
    if "$context.requestId" not in log_format and "$context.extendedRequestId" not in log_format:
        yield ACCESS_LOG_FORMAT_INVALID.at(
            subject,
            "the access log format names neither $context.requestId nor $context.extendedRequestId",
            fix="Add one of the two.",
        )
