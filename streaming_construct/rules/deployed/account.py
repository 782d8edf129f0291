"""The account and its Region: what every API in it shares.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.model.account import CloudWatchRoleStatus
from streaming_construct.model.usage_plans import Throttle
from streaming_construct.rules.finding import Finding, warning


def cloud_watch_role_findings(role: CloudWatchRoleStatus) -> Iterator[Finding]:
    """Yield a warning where API Gateway cannot write logs, whatever a stage asks for."""
    if role.arn is None:
        problem = "it has no role by which API Gateway could write logs"
    elif role.exists is False:
        problem = f"the role by which API Gateway is to write logs is gone: {role.arn}"
    elif role.trusts_api_gateway is False:
        problem = f"API Gateway may not assume the role by which it is to write logs: {role.arn}"
    else:
        return
    yield warning(
        "account-log-role",
        "the account",
        f"{problem}, and nothing is logged of any API in the Region",
        "deploy an API with cloud_watch_role=True, the default of StreamingRestApi, or set the "
        "role in the console (API Gateway, Settings)",
    )


def throttle_findings(account: Throttle, stage: Throttle | None) -> Iterator[Finding]:
    """Yield a warning where a stage allows more than its account gets."""
    if stage is None:
        return
    for name, allowed, granted in (
        ("rate", stage.rate, account.rate),
        ("burst", stage.burst, account.burst),
    ):
        if allowed is not None and granted is not None and allowed > granted:
            yield warning(
                "throttle-beyond-account",
                "the stage",
                f"it allows a {name} of {allowed:g}, and the account, all its APIs together, gets "
                f"{granted:g}",
                "ask for a higher quota (API Gateway, Throttle rate), or allow less",
            )
