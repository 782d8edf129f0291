"""Logs: whether there are any, and whether they tell what streamed.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from streaming_construct.knowledge.access_log import access_log_findings
from streaming_construct.knowledge.finding import Finding, warning
from streaming_construct.knowledge.model import ApiModel

_TELLING: Final = (
    "$context.integration.responseTransferMode",
    "$context.integration.timeToFirstContent",
)


def logging_findings(api: ApiModel) -> Iterator[Finding]:
    """Yield what nobody will find in the logs of `api`."""
    stage, where = api.stage, f"stage {api.stage.name}"
    if stage.access_log_format is not None:
        for finding in access_log_findings(stage.access_log_format, where):
            yield replace(finding, origin=stage.origin)
    if not api.streams:
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
    if api.account_role is not None and not api.account_role.retained:
        yield warning(
            "account-role-not-retained",
            "the account's logging role",
            "an account and Region have one role for the logs of all their APIs, and this one goes "
            "with its stack",
            "set DeletionPolicy: Retain on the role and on AWS::ApiGateway::Account",
            api.account_role.origin,
        )
