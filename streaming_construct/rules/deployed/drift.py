"""Rules on drift: a stage that lacks changes of its API, an API that differs from its template.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from streaming_construct.model.comparison import RouteState, State, compare_states
from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding, Rule, Severity

STAGE_OUTDATED: Final = Rule(
    id="stage-outdated",
    severity=Severity.ERROR,
    title="Stage serves an older deployment",
    what="The stage serves a deployment that differs from the current API.",
    why="A deployment is a snapshot. A later change of the transfer mode is not active.",
    fix="Deploy the API to the stage: run `cdk deploy` after a change, or create a deployment.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html",
    tags=frozenset({"deployment", "doctor"}),
)

STACK_DRIFT: Final = Rule(
    id="stack-drift",
    severity=Severity.WARNING,
    title="Stack drift",
    what="A deployed resource differs from the stack's template.",
    why=(
        "CloudFormation compares templates, not resources. The next deployment can keep or "
        "revert the change."
    ),
    fix="Make the change in the app and deploy it, or revert it manually.",
    source_url="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html",
    tags=frozenset({"deployment", "doctor"}),
)

_MAX_LISTED: Final = 3


def check_stale_deployment(
    stage: str, served: Mapping[Subject, RouteState], current: Mapping[Subject, RouteState]
) -> Iterator[Finding]:
    """Yield an error where the deployment that a stage serves is not the API as it is now."""
    if differences := _summarize_difference(current, served):
        yield STAGE_OUTDATED.at(
            Subject("stage", stage),
            f"the stage serves an older deployment than the current API, in which {differences}",
        )


def check_drift(
    declared: Mapping[Subject, State], deployed: Mapping[Subject, State]
) -> Iterator[Finding]:
    """Yield a warning for each difference between a deployed API and its stack's template."""
    if differences := _summarize_difference(declared, deployed):
        yield STACK_DRIFT.at(
            Subject("stack"), f"the resources were changed outside CloudFormation: {differences}"
        )


def _summarize_difference(
    expected: Mapping[Subject, State], actual: Mapping[Subject, State]
) -> str:
    differences = [
        f"{subject} {difference}"
        for subject, difference in sorted(compare_states(expected, actual))
    ]
    summary = "; ".join(differences[:_MAX_LISTED])
    return (
        f"{summary}; and {len(differences) - _MAX_LISTED} more"
        if len(differences) > _MAX_LISTED
        else summary
    )
