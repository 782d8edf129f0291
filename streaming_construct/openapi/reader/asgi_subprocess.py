"""Run with `python -c` in the application's own Python: imports it, writes down its document.

Arguments: `package.module:attribute`, the file for the answer, more folders to find modules in.
Imports the standard library and the application, nothing of this package: the Python it runs in
need not have it.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
import sys
from pathlib import Path
from typing import Any


def main(target: str, answer: str, *folders: str) -> None:
    """Import the application and write its document and its greedy parameters."""
    sys.path[:0] = folders
    module_name, _, attribute = target.partition(":")
    app: Any = importlib.import_module(module_name)
    for name in (attribute or "app").split("."):
        app = getattr(app, name)
    app = unwrap_app(app() if is_factory(app) else app)
    said = {"document": app.openapi(), "greedy": sorted(greedy(routes(app)))}
    Path(answer).write_text(json.dumps(said), encoding="utf-8")


def is_factory(app: Any) -> bool:
    """Whether it is a function that makes the application, rather than one."""
    if not inspect.isfunction(app):
        return False
    parameters = inspect.signature(app).parameters.values()
    return all(
        each.default is not each.empty or each.kind in {each.VAR_POSITIONAL, each.VAR_KEYWORD}
        for each in parameters
    )


def unwrap_app(app: Any) -> Any:
    """The application itself, out of whatever wraps it (middleware keeps it as `app`)."""
    wrapped = app
    while not callable(getattr(wrapped, "openapi", None)):
        if not hasattr(wrapped, "app"):
            kind = f"{type(app).__module__}.{type(app).__qualname__}"
            sys.exit(f"{kind} has no openapi() and wraps nothing that has")
        wrapped = wrapped.app
    return wrapped


def routes(app: Any) -> Any:
    """The routes of an application with the prefixes of the routers that hold them.

    Newer FastAPI keeps included routers as they are and tells what they come to on request; older
    ones, and Starlette, hold every route itself.
    """
    own = getattr(app, "routes", ())
    told = getattr(sys.modules.get("fastapi.routing"), "iter_route_contexts", None)
    return told(own) if told else own


def greedy(routes: Any) -> set[tuple[str, str]]:
    """The path parameters that match a slash, by the path that the document has.

    A route's own pattern decides, so that converters of an application's own count too.
    """
    found = set()
    for route in routes:
        path = getattr(route, "path_format", None)
        for name, convertor in getattr(route, "param_convertors", {}).items():
            pattern = getattr(convertor, "regex", "")
            if isinstance(path, str) and re.fullmatch(pattern, "a/b"):
                found.add((path, name))
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
