"""`Router`: finds the route of a request by the rules of API Gateway.

The path picks the resource, segment by segment: exact before `{parameter}` before `{greedy+}`. Then
the method selects among the methods of the resource, with `ANY` last. If the resource lacks the
method, a greedy resource does not receive the request.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from streaming_construct.aws.rest_paths import ANY
from streaming_construct.model.api import Route

_CACHED_MATCHES: Final = 256


@dataclass(frozen=True)
class Match:
    """A route and the path parameters it was reached with, percent-encoded as the client sent."""

    route: Route
    path_parameters: Mapping[str, str]


@dataclass
class _Resource:
    routes: dict[str, Route] = field(default_factory=dict)
    exact: dict[str, _Resource] = field(default_factory=dict)
    parameters: dict[str, _Resource] = field(default_factory=dict)
    greedy: dict[str, _Resource] = field(default_factory=dict)


class Router:
    """Finds the route of a method and a path."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Resource()
        # Clients repeat their requests.
        self._cached_match = lru_cache(maxsize=_CACHED_MATCHES)(self._match)
        for route in routes:
            resource = self._root
            for part in _split_path(route.path):
                name = part[1:-1]
                if not (part.startswith("{") and part.endswith("}")):
                    children, key = resource.exact, part
                elif name.endswith("+"):
                    children, key = resource.greedy, name[:-1]
                else:
                    children, key = resource.parameters, name
                resource = children.setdefault(key, _Resource())
            resource.routes[route.method] = route

    def match(self, method: str, path: str) -> Match | None:
        """Find the route of a request; None when the API has no such resource or method.

        `path` is without its stage, percent-encoded as sent. Slashes that lead or trail do not
        matter; an empty segment in between is one that only a greedy parameter takes.
        """
        return self._cached_match(method, path)

    def _match(self, method: str, path: str) -> Match | None:
        match = _find(self._root, _split_path(path), {})
        if match is None:
            return None
        resource, parameters = match
        route = resource.routes.get(method) or resource.routes.get(ANY)
        return Match(route, parameters) if route else None


def _split_path(path: str) -> list[str]:
    stripped = path.strip("/")
    return stripped.split("/") if stripped else []


def _find(
    resource: _Resource, segments: Sequence[str], parameters: Mapping[str, str]
) -> tuple[_Resource, Mapping[str, str]] | None:
    if not segments:
        return (resource, parameters) if resource.routes else None
    segment, rest = segments[0], segments[1:]
    exact = resource.exact.get(unquote(segment))
    if exact and (match := _find(exact, rest, parameters)):
        return match
    if segment:
        for name, child in resource.parameters.items():
            if match := _find(child, rest, {**parameters, name: segment}):
                return match
    for name, child in resource.greedy.items():
        if child.routes:
            return child, {**parameters, name: "/".join(segments)}
    return None
