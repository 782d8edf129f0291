"""Which resource API Gateway gives a request: static before variable before greedy, by segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def route(resources: Iterable[str], path: str) -> str | None:
    """The resource that serves a path; `None` when none does."""
    steps = [step for step in path.split("/") if step]
    known = {tuple(step for step in each.split("/") if step): each for each in resources}
    found = _down(set(known), (), steps)
    return None if found is None else known.get(found)


def _down(
    known: set[tuple[str, ...]], at: tuple[str, ...], steps: list[str]
) -> tuple[str, ...] | None:
    if not steps:
        return at if at in known else None
    below = {each[len(at)] for each in known if len(each) > len(at) and each[: len(at)] == at}
    variables = [step for step in below if step.startswith("{") and not step.endswith("+}")]
    greedy = [step for step in below if step.endswith("+}")]
    for step in ([steps[0]] if steps[0] in below else []) + variables:
        found = _down(known, (*at, step), steps[1:])
        if found is not None:
            return found
    return (*at, greedy[0]) if greedy else None
