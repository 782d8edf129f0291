"""The routes of one API as they are added."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from streaming_construct.aws.rest_paths import list_path_variables, list_resource_paths
from streaming_construct.model.api import Route


class RouteTable:
    """Routes by path and method; a default gives way to an added route of its path and method."""

    def __init__(self, defaults: Iterable[Route]) -> None:
        self._added: dict[tuple[str, str], Route] = {}
        self._all: dict[tuple[str, str], Route] = {}
        self._above_variable: dict[str, Route] = {}
        self._listeners: list[Callable[[], None]] = []
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
        for listener in self._listeners:
            listener()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` each time that routes are added."""
        self._listeners.append(listener)

    def list_overlapping(self, routes: Iterable[Route]) -> list[Route]:
        """Return the existing routes that can conflict with `routes`.

        These are the added routes with the same path and method. For each resource with a variable
        in `routes`, one existing route with a variable below it is included.
        """
        routes_by_key: dict[tuple[str, str], Route] = {}
        for route in routes:
            for parent, _ in list_path_variables(route.path):
                sibling = self._above_variable.get(parent)
                if sibling is not None and sibling.path != route.path:
                    routes_by_key[sibling.path, sibling.method] = sibling
            existing = self._added.get((route.path, route.method))
            if existing is not None:
                routes_by_key[existing.path, existing.method] = existing
        return list(routes_by_key.values())

    def _index(self, route: Route) -> None:
        self._all[route.path, route.method] = route
        self.resources |= list_resource_paths([route.path])
        for parent, _ in list_path_variables(route.path):
            self._above_variable.setdefault(parent, route)
