"""Logs: whether there are any, and whether they tell what streamed.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from streaming_construct.aws.limits import ACCESS_LOG_FORMAT_MAX_BYTES
from streaming_construct.model.declaration import Declaration
from streaming_construct.rules.finding import Finding, error, warning

_TELLING: Final = (
    "$context.integration.responseTransferMode",
    "$context.integration.timeToFirstContent",
)


def logging_findings(declaration: Declaration) -> Iterator[Finding]:
    """Yield what nobody will find in the logs of `api`."""
    api = declaration.api
    stage, where = api.stage, f"stage {api.stage.name}"
    if stage.access_log_format is not None:
        for finding in access_log_findings(stage.access_log_format, where):
            yield replace(finding, origin=stage.origin)
    if not declaration.has_streaming_intent:
        return
    if stage.complete and not stage.access_log:
        yield warning(
            "access-log-absent",
            where,
            "it writes no access log, so that nothing tells later whether a response streamed",
            f"add an access log whose format has {' and '.join(_TELLING)}",
            stage.origin,
        )
    blind = [name for name in _TELLING if name not in (stage.access_log_format or "")]
    if stage.access_log_format is not None and blind:
        yield warning(
            "access-log-blind",
            where,
            f"its access log lacks {' and '.join(blind)}: it does not tell what streamed",
            "add that to its format",
            stage.origin,
        )
    if declaration.cloud_watch_role is not None and not declaration.cloud_watch_role.is_retained:
        yield warning(
            "account-role-not-retained",
            "the account's logging role",
            "an account and Region have one role for the logs of all their APIs, and this one goes "
            "with its stack",
            "set DeletionPolicy: Retain on the role and on AWS::ApiGateway::Account",
            declaration.cloud_watch_role.origin,
        )


def access_log_findings(log_format: str, where: str) -> Iterator[Finding]:
    """Yield what API Gateway refuses about `log_format`."""
    size = len(log_format.encode())
    if size > ACCESS_LOG_FORMAT_MAX_BYTES:
        yield error(
            "access-log-format-invalid",
            where,
            f"the access log format has {size} bytes, and API Gateway takes "
            f"{ACCESS_LOG_FORMAT_MAX_BYTES}",
            "leave some of its fields out",
        )
    if "$context.requestId" not in log_format and "$context.extendedRequestId" not in log_format:
        yield error(
            "access-log-format-invalid",
            where,
            "the access log format names neither $context.requestId nor $context.extendedRequestId",
            "add one of them",
        )
