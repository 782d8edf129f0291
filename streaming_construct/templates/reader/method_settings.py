"""The method settings of a stage: the throttle and the caching of each route.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigateway-stage-methodsetting.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from streaming_construct.aws.rest_paths import ANY, HTTP_METHODS
from streaming_construct.model.api import Route, UnmatchedSetting
from streaming_construct.model.source_location import UNKNOWN_LOCATION, SourceLocation
from streaming_construct.model.unresolved import add_unresolved
from streaming_construct.model.usage_plans import Throttle
from streaming_construct.templates.stacks.coercion import as_mapping, as_number
from streaming_construct.templates.stacks.unresolved import Unresolved, list_unresolved_reasons

METHOD_THROTTLE_KEYS: Final = ("ThrottlingRateLimit", "ThrottlingBurstLimit")


class MethodSettings:
    """The throttles and caches of a stage, by path and method.

    `origin` is where the list of settings is declared; a setting is at its index below the JSON
    pointer if `has_pointers`. `cluster` is the default for methods without a cache setting.
    """

    def __init__(
        self,
        settings: Iterable[object],
        *,
        origin: SourceLocation = UNKNOWN_LOCATION,
        has_pointers: bool = False,
        cluster: bool = False,
    ) -> None:
        self._cluster = cluster
        self._caching: dict[tuple[str, str], bool] = {}
        self._throttles: dict[tuple[str, str], Throttle] = {}
        self._origins: dict[tuple[str, str], SourceLocation] = {}
        self._invalid: list[UnmatchedSetting] = []
        self.unresolved: dict[str, str] = {}
        """Why throttles have no effect here, by path and method."""
        for index, declared in enumerate(settings):
            setting = as_mapping(declared)
            target = [declared, setting.get("ResourcePath"), setting.get("HttpMethod")]
            reason = next(list_unresolved_reasons(target), None)
            if reason is not None:
                add_unresolved(self.unresolved, "a method setting", reason)
                continue
            written, method = str(setting.get("ResourcePath")), str(setting.get("HttpMethod"))
            path = _unescape_path(written)
            below = (str(index),) if has_pointers else ()
            own_origin = replace(origin, json_pointer=(*origin.json_pointer, *below))
            if path is None:
                self._invalid.append(
                    UnmatchedSetting(
                        path=written, method=method, origin=own_origin, is_escaped=False
                    )
                )
                continue
            self._origins.setdefault((path, method), own_origin)
            if "CachingEnabled" in setting:
                self._caching[path, method] = str(setting["CachingEnabled"]).lower() == "true"
            for problem in list_number_problems(setting, METHOD_THROTTLE_KEYS):
                add_unresolved(self.unresolved, f"the throttle of {method} {path}", problem)
            if (throttle := read_throttle(setting)) is not None:
                self._throttles[path, method] = throttle

    @property
    def default(self) -> Throttle | None:
        """The throttle of every route without its own throttle."""
        return self._throttles.get(("/*", "*"))

    def apply_to(self, routes: Iterable[Route]) -> Iterator[Route]:
        """Yield the routes with their throttles and whether their responses are cached."""
        for route in self.apply_throttles(routes):
            keys = ((route.path, route.method), (route.path, "*"), ("/*", "*"))
            settings = (self._caching[key] for key in keys if key in self._caching)
            yield replace(route, caching_enabled=next(settings, self._cluster))

    def list_unmatched(
        self, routes: Iterable[Route], *, has_other_routes: bool = False
    ) -> tuple[UnmatchedSetting, ...]:
        """Return the settings that apply to no route.

        With `has_other_routes`, the API has routes that are not known. A setting may apply to them.
        """
        if has_other_routes:
            return tuple(dict.fromkeys(self._invalid))
        routes = list(routes)
        served = {(route.path, method) for route in routes for method in (route.method, "*")}
        any_paths = {route.path for route in routes if route.method == ANY}
        unmatched = (
            UnmatchedSetting(path=path, method=method, origin=self._origins[path, method])
            for path, method in dict.fromkeys((*self._throttles, *self._caching))
            if path != "/*" and (path, method) not in served and path not in any_paths
        )
        return (*dict.fromkeys(self._invalid), *unmatched)

    def apply_throttles(self, routes: Iterable[Route]) -> Iterator[Route]:
        """Yield the routes with their throttles.

        A stage lists an `ANY` method as single methods. A method with its own settings becomes a
        separate route in addition to the `ANY` route.
        """
        routes = list(routes)
        declared = {(route.path, route.method) for route in routes}
        for route in routes:
            own_throttle = self._throttles.get((route.path, route.method)) or self._throttles.get(
                (route.path, "*")
            )
            if route.method != ANY:
                yield replace(route, throttle=own_throttle)
                continue
            single = {
                method: throttle
                for method in HTTP_METHODS
                if (route.path, method) not in declared
                and (throttle := self._throttles.get((route.path, method))) is not None
            }
            if len(single) == len(HTTP_METHODS) and len(set(single.values())) == 1:
                yield replace(route, throttle=next(iter(single.values())))
                continue
            yield replace(route, throttle=own_throttle)
            for method, throttle in single.items():
                yield replace(route, method=method, throttle=throttle)


def _unescape_path(resource_path: str) -> str | None:
    """Return the path of a setting, `/*` for all; None if it is not escaped as CloudFormation asks.

    `/~1jobs~1{id}` is `/jobs/{id}`, and `/` is the root.
    """
    if resource_path in {"/*", "/"}:
        return resource_path
    if not resource_path.startswith("/~1") or "/" in resource_path.removeprefix("/"):
        return None
    return resource_path.removeprefix("/").replace("~1", "/")


def read_throttle(
    settings: Mapping[str, Any], keys: tuple[str, str] = METHOD_THROTTLE_KEYS
) -> Throttle | None:
    """Return the throttle of settings, by the keys of rate and burst; None without numbers."""
    rate, burst = (as_number(settings.get(key)) for key in keys)
    if rate is None and burst is None:
        return None
    return Throttle(rate=rate, burst=None if burst is None else int(burst))


def list_number_problems(declared: object, keys: Iterable[str]) -> Iterator[str]:
    """Yield why an object has no numbers under these keys. An absent key has no problem."""
    if isinstance(declared, Unresolved):
        yield declared.reason
    elif declared is not None and not isinstance(declared, Mapping):
        yield f"{declared!r} is not an object"
    for key in keys:
        value = as_mapping(declared).get(key)
        if isinstance(value, Unresolved):
            yield f"{key}: {value.reason}"
        elif value is not None and as_number(value) is None:
            yield f"{key} is {value!r}, not a number"
