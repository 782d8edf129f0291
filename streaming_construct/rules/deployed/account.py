"""The account and its Region: what every API in it shares.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from streaming_construct.model.account import CloudWatchRoleStatus
from streaming_construct.model.subject import Subject
from streaming_construct.model.usage_plans import Throttle
from streaming_construct.rules.rule import Finding, Rule, Severity

CLOUDWATCH_ROLE_MISSING: Final = Rule(
    id="cloudwatch-role-missing",
    severity=Severity.WARNING,
    title="CloudWatch role missing",
    what=(
        "A stage has logging enabled, but the CloudWatch role of the account is missing, "
        "deleted, or does not trust API Gateway."
    ),
    why=(
        "An account has one CloudWatch role per Region for all APIs. Deleting a stack can "
        "delete it."
    ),
    fix=(
        "Deploy an API with `cloud_watch_role=True`, the default, or set the role in the "
        "console (API Gateway, Settings)."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
    tags=frozenset({"logging", "doctor"}),
)

THROTTLE_BEYOND_ACCOUNT: Final = Rule(
    id="throttle-beyond-account",
    severity=Severity.WARNING,
    title="Stage throttle above the account limit",
    what="The throttle of the stage exceeds that of the account.",
    why="API Gateway applies the account throttle first, and all APIs of the account share it.",
    fix="Request a higher quota (API Gateway, Throttle rate), or lower the stage throttle.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html",
    tags=frozenset({"throttling", "doctor"}),
)


def check_cloud_watch_role(role: CloudWatchRoleStatus) -> Iterator[Finding]:
    """Yield a warning if API Gateway cannot write logs for any stage."""
    if role.arn is None:
        problem = "the account has no role by which API Gateway could write logs"
    elif role.exists is False:
        problem = f"the role by which API Gateway is to write logs is gone: {role.arn}"
    elif role.is_assumable is False:
        problem = f"API Gateway may not assume the role by which it is to write logs: {role.arn}"
    else:
        return
    yield CLOUDWATCH_ROLE_MISSING.at(
        Subject("account"), f"{problem}, so that no API in the Region can write logs"
    )


def check_throttle(account: Throttle, stage: Throttle | None) -> Iterator[Finding]:
    """Yield a warning where a stage allows more than its account gets."""
    if stage is None:
        return
    for name, allowed, requested in (
        ("rate", stage.rate, account.rate),
        ("burst", stage.burst, account.burst),
    ):
        if allowed is not None and requested is not None and allowed > requested:
            yield THROTTLE_BEYOND_ACCOUNT.at(
                Subject("stage"),
                f"the stage allows a {name} of {allowed:g}, but all APIs of the account together "
                f"have {requested:g}",
            )
