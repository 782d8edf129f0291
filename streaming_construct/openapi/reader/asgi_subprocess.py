"""Run with `python -c` in the application's Python: import it, and write its document to a file.

Arguments: `package.module:attribute`, the file for the result, further folders with modules. It
imports only the standard library and the application, because that Python may lack this package.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any


def main(target: str, result_file: str, *folders: str) -> None:
    """Import the application and write its document and its greedy parameters."""
    sys.path[:0] = folders
    module_name, _, attribute = target.partition(":")
    app: Any = importlib.import_module(module_name)
    for name in (attribute or "app").split("."):
        app = getattr(app, name)
    app = unwrap_app(app() if is_factory(app) else app)
    result = {"document": read_document(app), "greedy": sorted(find_greedy_parameters(app))}
    # A document may contain lazy texts, such as Django's translations.
    Path(result_file).write_text(json.dumps(result, default=str), encoding="utf-8")


def read_document(app: Any) -> Any:
    """Return the OpenAPI document of a FastAPI, Litestar or Django Ninja application."""
    if callable(getattr(app, "openapi", None)):
        return app.openapi()
    if is_django_ninja(app):
        return app.get_openapi_schema()
    return app.openapi_schema.to_schema()


def is_factory(app: Any) -> bool:
    """Return whether the object is a function that creates the application."""
    if not inspect.isfunction(app):
        return False
    parameters = inspect.signature(app).parameters.values()
    return all(
        p.default is not p.empty or p.kind in {p.VAR_POSITIONAL, p.VAR_KEYWORD} for p in parameters
    )


def unwrap_app(app: Any) -> Any:
    """Return the application inside middleware, which keeps it in its attribute `app`."""
    wrapped = app
    while not has_document(wrapped):
        if type(wrapped).__module__.startswith("django.core.handlers"):
            return find_ninja_api()
        if not hasattr(wrapped, "app"):
            kind = f"{type(app).__module__}.{type(app).__qualname__}"
            sys.exit(f"{kind} has no openapi() and wraps nothing that has")
        wrapped = wrapped.app
    return wrapped


def has_document(app: Any) -> bool:
    """Return whether an application has `openapi()`, or is of Litestar or Django Ninja."""
    return callable(getattr(app, "openapi", None)) or is_django_ninja(app) or is_litestar(app)


def is_litestar(app: Any) -> bool:
    """Return whether it is an application of Litestar, which has its document as a property."""
    return type(app).__module__.partition(".")[0] == "litestar" or any(
        base.__module__.partition(".")[0] == "litestar" for base in type(app).__mro__
    )


def is_django_ninja(app: Any) -> bool:
    """Return whether it is an API of Django Ninja."""
    return callable(getattr(app, "get_openapi_schema", None))


def find_ninja_api() -> Any:
    """Return the only API of Django Ninja among the URLs of a Django project."""
    apis = {
        id(api): api
        for _, pattern in list_django_patterns()
        if is_django_ninja(api := getattr(pattern.callback, "keywords", {}).get("api"))
    }
    if len(apis) != 1:
        sys.exit(
            f"the URLs of the Django project have {len(apis)} APIs of Django Ninja. Name one as "
            "package.module:attribute"
        )
    return next(iter(apis.values()))


def list_django_patterns() -> Iterator[tuple[str, Any]]:
    """Yield the OpenAPI path and the pattern of each URL of a Django project."""
    from django.urls import get_resolver  # type: ignore[import-untyped, unused-ignore] # no types

    levels = [("/", get_resolver())]
    while levels:
        prefix, resolver = levels.pop()
        for pattern in resolver.url_patterns:
            path = prefix + re.sub(r"<(?:[^:>]*:)?([^>]+)>", r"{\1}", str(pattern.pattern))
            if hasattr(pattern, "url_patterns"):
                levels.append((path, pattern))
            else:
                yield path, pattern


def list_routes(app: Any) -> Any:
    """Return the routes of an application with the prefixes of their routers.

    Newer versions of FastAPI keep included routers and resolve their routes with a function. Older
    versions, and Starlette, have a flat list.
    """
    app_routes = getattr(app, "routes", ())
    resolve = getattr(sys.modules.get("fastapi.routing"), "iter_route_contexts", None)
    return resolve(app_routes) if resolve else app_routes


def find_greedy_parameters(app: Any) -> set[tuple[str, str]]:
    """Return path and name of each parameter that can match a slash.

    The pattern of the route decides, so that custom converters count too.
    """
    if is_django_ninja(app):
        patterns = {
            (path, name): converter.regex
            for path, pattern in list_django_patterns()
            for name, converter in pattern.pattern.converters.items()
        }
    elif is_litestar(app):
        return {
            (route.path_format, parameter.name)
            for route in app.routes
            for parameter in list_litestar_parameters(route)
            if parameter.type is Path
        }
    else:
        patterns = {
            (path, name): getattr(convertor, "regex", "")
            for route in list_routes(app)
            if isinstance(path := getattr(route, "path_format", None), str)
            for name, convertor in getattr(route, "param_convertors", {}).items()
        }
    return {key for key, pattern in patterns.items() if re.fullmatch(pattern, "a/b")}


def list_litestar_parameters(route: Any) -> Iterable[Any]:
    """Return the path parameters of a route of Litestar, which older versions keep in a list."""
    parameters = route.path_parameters
    return parameters.values() if isinstance(parameters, dict) else parameters


if __name__ == "__main__":
    main(*sys.argv[1:])
