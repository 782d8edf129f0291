"""The routes of one API as they are added."""

from __future__ import annotations

from collections.abc import Iterable

from streaming_construct.knowledge.model import Route
from streaming_construct.knowledge.rules.paths import path_variables, resources


class RouteTable:
    """Routes by path and method; a default gives way to an added route of its path and method."""

    def __init__(self, defaults: Iterable[Route]) -> None:
        self._added: dict[tuple[str, str], Route] = {}
        self._all: dict[tuple[str, str], Route] = {}
        self._above_variable: dict[str, Route] = {}
        self.resources: set[str] = set()
        for route in defaults:
            self._index(route)

    def __len__(self) -> int:
        return len(self._all)

    def sorted(self) -> tuple[Route, ...]:
        """Return all routes by path and method, in whatever order they were added."""
        return tuple(self._all[key] for key in sorted(self._all))

    def add(self, routes: Iterable[Route]) -> None:
        """Add `routes`, each in place of a default of its path and method."""
        for route in routes:
            self._added[route.path, route.method] = route
            self._index(route)

    def comparable_with(self, routes: Iterable[Route]) -> list[Route]:
        """Return what is there already and could clash with `routes`, without looking at all.

        That is an added route of the same path and method, and one route with a variable below
        each resource that has a variable in `routes`.
        """
        found = []
        for route in routes:
            same = self._added.get((route.path, route.method))
            neighbours = (self._above_variable.get(p) for p, _ in path_variables(route.path))
            found += [other for other in (same, *neighbours) if other is not None]
        return list({(other.path, other.method): other for other in found}.values())

    def _index(self, route: Route) -> None:
        self._all[route.path, route.method] = route
        self.resources |= resources([route.path])
        for parent, _ in path_variables(route.path):
            self._above_variable.setdefault(parent, route)
