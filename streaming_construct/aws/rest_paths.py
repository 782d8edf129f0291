"""The paths of resources of a REST API, and the methods that a resource can have.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_PutMethod.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

ANY: Final = "ANY"
HTTP_METHODS: Final = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
PATH_VARIABLE: Final = re.compile(r"\{[A-Za-z0-9_.:-]+\+?\}")


def build_resource_path(path: str) -> str:
    """Return the path that API Gateway serves for a path of a document: `/a` for `a/` and `/a/`.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
    """
    return "/" + path.removeprefix("/").removesuffix("/")


def list_resource_paths(paths: Iterable[str]) -> set[str]:
    """Return the path of every resource that `paths` need: parents, and the root, count too."""
    paths_of_resources = {"/"}
    for path in paths:
        segments = path.strip("/").split("/")
        paths_of_resources.update(
            "/" + "/".join(segments[:end]) for end in range(1, len(segments) + 1)
        )
    return paths_of_resources


def list_path_variables(path: str) -> Iterator[tuple[str, str]]:
    """Yield each variable of `path` after the resource that it is below: `/a/{b}` has (/a, {b})."""
    parent = ""
    for segment in path.split("/")[1:]:
        if PATH_VARIABLE.fullmatch(segment):
            yield parent or "/", segment
        parent += "/" + segment
