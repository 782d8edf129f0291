"""Where on AWS a finding is, which says in words what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from streaming_construct.knowledge.finding import Finding
from streaming_construct.knowledge.model import NOWHERE, ApiModel, Origin


def places(api: ApiModel, stage: Origin) -> dict[str, Origin]:
    """Return where everything of `api` is, by what a finding calls it."""
    return {
        "the stage": stage,
        f"stage {api.stage.name}": stage,
        **{f"route {route}": route.origin for route in api.routes},
        **{f"function {name}": function.origin for name, function in api.functions.items()},
    }


def placed(finding: Finding, known: Mapping[str, Origin]) -> Finding:
    """Return a finding with the place of what it is about, where it has none and that is known."""
    if finding.origin != NOWHERE or finding.where not in known:
        return finding
    return replace(finding, origin=known[finding.where])
