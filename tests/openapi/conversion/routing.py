"""API Gateway's choice of a resource: static before variable before greedy, by segment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass
class _Node:
    """A segment of the tree: the resource that ends here, and the segments below it."""

    resource: str | None = None
    below: dict[str, _Node] = field(default_factory=dict)

    def find(self, steps: list[str]) -> str | None:
        if not steps:
            return self.resource
        variables = [step for step in self.below if step.startswith("{") and step[-2:] != "+}"]
        greedy = [step for step in self.below if step.endswith("+}")]
        for step in ([steps[0]] if steps[0] in self.below else []) + variables:
            route = self.below[step].find(steps[1:])
            if route is not None:
                return route
        return self.below[greedy[0]].resource if greedy else None


class Router:
    """The resources of an API, searched as API Gateway does."""

    def __init__(self, resources: Iterable[str]) -> None:
        self._root = _Node()
        for resource in resources:
            node = self._root
            for step in _steps(resource):
                node = node.below.setdefault(step, _Node())
            node.resource = resource

    def route(self, path: str) -> str | None:
        """Return the resource that serves a path; `None` if none does."""
        return self._root.find(_steps(path))


def _steps(path: str) -> list[str]:
    return [step for step in path.split("/") if step]
