"""What runs is not what was written: a stage behind its API, an API beside its template.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from streaming_construct.model.comparison import RouteState, State, diff
from streaming_construct.rules.finding import Finding, error, warning

_SHOWN: Final = 3


def stale_deployment_findings(
    stage: str, served: Mapping[str, RouteState], current: Mapping[str, RouteState]
) -> Iterator[Finding]:
    """Yield an error where the deployment that a stage serves is not the API as it is now."""
    if found := _summary(current, served):
        yield error(
            "stage-outdated",
            f"stage {stage}",
            f"it serves an older deployment than what the API has become: there {found}",
            "deploy the API to the stage again (`cdk deploy` after a change, or create-deployment)",
        )


def drift_findings(
    declared: Mapping[str, State], deployed: Mapping[str, State]
) -> Iterator[Finding]:
    """Yield a warning where what is deployed is not what its stack's template says."""
    if found := _summary(declared, deployed):
        yield warning(
            "stack-drifted",
            "the stack",
            f"somebody has changed what it deployed: {found}",
            "make the change in the app and deploy it, or undo it by hand; the next deploy may "
            "leave it as it is",
        )


def _summary(expected: Mapping[str, State], found: Mapping[str, State]) -> str:
    listed = [f"{where} {what}" for where, what in sorted(diff(expected, found))]
    shown = "; ".join(listed[:_SHOWN])
    return f"{shown}; and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else shown
