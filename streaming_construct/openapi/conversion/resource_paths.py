"""Map paths of a document to resources of API Gateway.

A resource is one segment: static text, one variable, or one greedy variable with nothing below it.
Siblings share one variable, so different paths may map to one resource. The function still receives
the original path and routes by it. Parts that a resource cannot express (`{y}.{format}`, `@me`, a
query, a fragment) become a variable or are omitted.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

# The page above allows commas; the error message of the service does not.
_STATIC = re.compile(r"[A-Za-z0-9_.:$-]+")
_NAME = re.compile(r"[A-Za-z0-9_.:-]+")
# A wildcard without braces: Spring's `**`, or `*` and `*name` of other routers.
_WILDCARD = re.compile(r"\*\*|\*[A-Za-z0-9_]*$")
_BRACES = re.compile(r"\{([^{}]*)\}")
# A query as a template (RFC 6570): `/search{?q,limit}`.
_QUERY_TEMPLATE = re.compile(r"\{[?&][^{}]*\}")


@dataclass(frozen=True)
class Segment:
    """A segment of a path as API Gateway supports it: static text, or a variable.

    Attributes:
        static: The static text; None for a variable.
        names: The names of the variables in the document, in order. Empty for text that is invalid
            in a path.
        is_greedy: Whether the variable matches more than one segment.
        default_name: The name of the variable if `names` is empty.
    """

    static: str | None = None
    names: tuple[str, ...] = ()
    is_greedy: bool = False
    default_name: str = "segment"


@dataclass(frozen=True)
class ResourceLayout:
    """The path of the resource that serves each path of a document."""

    resources: Mapping[str, str]

    def count_resources(self) -> int:
        """Return the number of resources, including parents, without the root."""
        prefixes: set[str] = set()
        for path in self.resources.values():
            steps = path.split("/")[1:]
            prefixes.update("/".join(steps[: end + 1]) for end in range(len(steps)) if steps[0])
        return len(prefixes)


def map_paths(
    paths: Iterable[str], greedy_parameters: Collection[tuple[str, str]] = ()
) -> ResourceLayout:
    """Map each path to the resource that serves it.

    Args:
        paths: The paths of the document. The first path with a variable names it for its siblings.
        greedy_parameters: Parameters (path, name) that match more than one segment, in addition to
            those in a greedy notation: `{path+}`, `{path:path}`, `{+path}`, `{path*}`, `{*path}`,
            `**`.
    """
    root = _Resource()
    for path in paths:
        resource = root
        for segment in split_path(path, greedy_parameters):
            resource = resource.add_child(segment)
        resource.paths.append(path)
    return ResourceLayout(dict(_assign_resources(root, "", ())))


def split_path(path: str, greedy_parameters: Collection[tuple[str, str]] = ()) -> Iterator[Segment]:
    """Yield the segments of a path, without its query, its fragment and empty segments."""
    plain = _remove_query(_QUERY_TEMPLATE.sub("", path))
    texts = [text for text in _split_segments(plain) if text]
    for position, text in enumerate(texts):
        segment = _parse_segment(path, text, greedy_parameters)
        is_last = position == len(texts) - 1
        yield segment if is_last or text != "*" else replace(segment, is_greedy=False)


def _remove_query(path: str) -> str:
    depth = 0
    for index, character in enumerate(path):
        depth += (character == "{") - (character == "}")
        if character in "?#" and depth <= 0:
            return path[:index]
    return path


def _split_segments(path: str) -> Iterator[str]:
    """Yield the texts between slashes; a slash inside braces belongs to a pattern."""
    start = depth = 0
    for index, character in enumerate(path):
        depth += (character == "{") - (character == "}")
        if character == "/" and depth <= 0:
            yield path[start:index]
            start = index + 1
    yield path[start:]


def _parse_segment(path: str, text: str, greedy_parameters: Collection[tuple[str, str]]) -> Segment:
    if _STATIC.fullmatch(text):
        return Segment(static=text)
    variables = [_parse_variable(inner) for inner in _BRACES.findall(text)]
    return Segment(
        names=tuple(name for name, _ in variables),
        is_greedy=_WILDCARD.match(text) is not None
        or any(is_greedy or (path, name) in greedy_parameters for name, is_greedy in variables),
        default_name=re.sub(r"[^A-Za-z0-9]+", "", text) or "segment",
    )


def _parse_variable(inner: str) -> tuple[str, bool]:
    """Return the name of a variable, and whether its notation is greedy."""
    name, _, pattern = inner.partition(":")
    pattern = pattern.strip()
    if not pattern or (_NAME.fullmatch(inner) and pattern not in {"path", "int", "str", "uuid"}):
        name, pattern = inner, ""
    bare = name.strip().lstrip("+*").rstrip("+*").strip()
    is_greedy = bare != name.strip() or pattern == "path" or _is_spanning_segments(pattern)
    return bare or "segment", is_greedy


def _is_spanning_segments(pattern: str) -> bool:
    if not pattern:
        return False
    try:
        return re.fullmatch(pattern, "a/b") is not None
    except re.error:
        return False


def list_path_parameters(path: str) -> tuple[str, ...]:
    """Return the names of the parameters in a path of the document."""
    return tuple(name for segment in split_path(path) for name in segment.names)


@dataclass
class _Resource:
    static: dict[str, _Resource] = field(default_factory=dict)
    variable: _Resource | None = None
    names: list[str] = field(default_factory=list)
    default_names: list[str] = field(default_factory=list)
    is_greedy: bool = False
    paths: list[str] = field(default_factory=list)

    def add_child(self, segment: Segment) -> _Resource:
        if segment.static is not None:
            return self.static.setdefault(segment.static, _Resource())
        self.variable = self.variable or _Resource()
        self.variable.is_greedy = self.variable.is_greedy or segment.is_greedy
        self.variable.names.extend(segment.names)
        self.variable.default_names.append(segment.default_name)
        return self.variable

    def choose_name(self, used_names: Collection[str]) -> str:
        """Return the first name in the document, with invalid characters replaced."""
        preferred_name = (self.names or self.default_names)[0]
        legal = re.sub(r"[^A-Za-z0-9_.:-]", "_", preferred_name)
        name, number = legal, 2
        while name in used_names:
            name, number = f"{legal}{number}", number + 1
        return name

    def list_paths(self) -> Iterator[str]:
        """Yield each path that ends at this resource or below it."""
        yield from self.paths
        for child in (*self.static.values(), self.variable):
            if child is not None:
                yield from child.list_paths()


def _assign_resources(
    resource: _Resource, path: str, used_names: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    for original in resource.paths:
        yield original, path or "/"
    for text, child in resource.static.items():
        yield from _assign_resources(child, f"{path}/{text}", used_names)
    if resource.variable is None:
        return
    name = resource.variable.choose_name(used_names)
    if not resource.variable.is_greedy:
        yield from _assign_resources(resource.variable, f"{path}/{{{name}}}", (*used_names, name))
        return
    for original in resource.variable.list_paths():
        yield original, f"{path}/{{{name}+}}"


def list_resource_parameters(resource_path: str) -> tuple[str, ...]:
    """Return the names of the path parameters in the path of a resource."""
    return tuple(name.removesuffix("+") for name in _BRACES.findall(resource_path))
