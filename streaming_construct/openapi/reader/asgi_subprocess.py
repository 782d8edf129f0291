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
    result = {"document": app.openapi(), "greedy": sorted(greedy(routes(app)))}
    Path(result_file).write_text(json.dumps(result), encoding="utf-8")


def is_factory(app: Any) -> bool:
    """Whether the object is a function that creates the application."""
    if not inspect.isfunction(app):
        return False
    parameters = inspect.signature(app).parameters.values()
    return all(
        p.default is not p.empty or p.kind in {p.VAR_POSITIONAL, p.VAR_KEYWORD} for p in parameters
    )


def unwrap_app(app: Any) -> Any:
    """Return the application inside middleware, which keeps it in its attribute `app`."""
    wrapped = app
    while not callable(getattr(wrapped, "openapi", None)):
        if not hasattr(wrapped, "app"):
            kind = f"{type(app).__module__}.{type(app).__qualname__}"
            sys.exit(f"{kind} has no openapi() and wraps nothing that has")
        wrapped = wrapped.app
    return wrapped


def routes(app: Any) -> Any:
    """Return the routes of an application with the prefixes of their routers.

    Newer versions of FastAPI keep included routers and resolve their routes with a function. Older
    versions, and Starlette, have a flat list.
    """
    app_routes = getattr(app, "routes", ())
    resolve = getattr(sys.modules.get("fastapi.routing"), "iter_route_contexts", None)
    return resolve(app_routes) if resolve else app_routes


def greedy(routes: Any) -> set[tuple[str, str]]:
    """Return path and name of each parameter that can match a slash.

    The pattern of the route decides, so that custom converters count too.
    """
    parameters = set()
    for route in routes:
        path = getattr(route, "path_format", None)
        for name, convertor in getattr(route, "param_convertors", {}).items():
            pattern = getattr(convertor, "regex", "")
            if isinstance(path, str) and re.fullmatch(pattern, "a/b"):
                parameters.add((path, name))
    return parameters


if __name__ == "__main__":
    main(*sys.argv[1:])
