"""Paths of a document to resources of API Gateway.

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

_STATIC = re.compile(r"[A-Za-z0-9_.:$-]+")
"""The page above takes commas, the service's own error message does not."""
_NAME = re.compile(r"[A-Za-z0-9_.:-]+")
_WILDCARD = re.compile(r"\*\*|\*[A-Za-z0-9_]*$")
"""A wildcard without braces: Spring's `**`, or `*` and `*name` as other routers write them."""
_BRACES = re.compile(r"\{([^{}]*)\}")
_FORM = re.compile(r"\{[?&][^{}]*\}")
"""A query as a template (RFC 6570): `/search{?q,limit}`."""


@dataclass(frozen=True)
class Segment:
    """One segment of a path as API Gateway can have it: `static` text, or a variable.

    `names` are what the document calls its variables, in order; empty for text that is no legal
    part of a path and becomes a variable called `fallback`.
    """

    static: str | None = None
    names: tuple[str, ...] = ()
    greedy: bool = False
    default_name: str = "segment"


@dataclass(frozen=True)
class ResourceLayout:
    """Where the paths of a document went: each original path to its resource's path."""

    resources: Mapping[str, str]

    def count(self) -> int:
        """How many resources there are, every parent included, the root that each API has not."""
        prefixes: set[str] = set()
        for path in self.resources.values():
            steps = path.split("/")[1:]
            prefixes.update("/".join(steps[: end + 1]) for end in range(len(steps)) if steps[0])
        return len(prefixes)


def map_paths(paths: Iterable[str], greedy: Collection[tuple[str, str]] = ()) -> ResourceLayout:
    """Give each path the resource that serves it.

    Args:
        paths: The paths as the document writes them; the first to name a variable names it for
            its siblings.
        greedy: Parameters (path, name) that match more than one segment, beside those that say so
            themselves (`{path+}`, `{path:path}`, `{+path}`, `{path*}`, `{*path}`, `**`).
    """
    root = _Resource()
    for path in paths:
        resource = root
        for segment in split_path(path, greedy):
            resource = resource.child(segment)
        resource.ends.append(path)
    return ResourceLayout(dict(_assigned(root, "", ())))


def split_path(path: str, greedy: Collection[tuple[str, str]] = ()) -> Iterator[Segment]:
    """The segments of one path; a query, a fragment and empty segments are left out."""
    plain = _without_query(_FORM.sub("", path))
    texts = [text for text in _split(plain) if text]
    for position, text in enumerate(texts):
        segment = _segment(path, text, greedy)
        is_last = position == len(texts) - 1
        yield segment if is_last or text != "*" else replace(segment, greedy=False)


def _without_query(path: str) -> str:
    depth = 0
    for index, character in enumerate(path):
        depth += (character == "{") - (character == "}")
        if character in "?#" and depth <= 0:
            return path[:index]
    return path


def _split(path: str) -> Iterator[str]:
    """The texts between slashes that are not inside braces (a pattern may hold some)."""
    start = depth = 0
    for index, character in enumerate(path):
        depth += (character == "{") - (character == "}")
        if character == "/" and depth <= 0:
            yield path[start:index]
            start = index + 1
    yield path[start:]


def _segment(path: str, text: str, greedy: Collection[tuple[str, str]]) -> Segment:
    if _STATIC.fullmatch(text):
        return Segment(static=text)
    variables = [_variable(inner) for inner in _BRACES.findall(text)]
    return Segment(
        names=tuple(name for name, _ in variables),
        greedy=_WILDCARD.match(text) is not None
        or any(is_greedy or (path, name) in greedy for name, is_greedy in variables),
        default_name=re.sub(r"[^A-Za-z0-9]+", "", text) or "segment",
    )


def _variable(inner: str) -> tuple[str, bool]:
    """A variable's name, and whether its braces say that it spans segments."""
    name, _, pattern = inner.partition(":")
    pattern = pattern.strip()
    if not pattern or (_NAME.fullmatch(inner) and pattern not in {"path", "int", "str", "uuid"}):
        name, pattern = inner, ""
    bare = name.strip().lstrip("+*").rstrip("+*").strip()
    is_greedy = bare != name.strip() or pattern == "path" or _spans_segments(pattern)
    return bare or "segment", is_greedy


def _spans_segments(pattern: str) -> bool:
    if not pattern:
        return False
    try:
        return re.fullmatch(pattern, "a/b") is not None
    except re.error:
        return False


def path_parameter_names(path: str) -> tuple[str, ...]:
    """The parameters that a path as the document writes it has, by the document's names."""
    return tuple(name for segment in split_path(path) for name in segment.names)


@dataclass
class _Resource:
    static: dict[str, _Resource] = field(default_factory=dict)
    variable: _Resource | None = None
    names: list[str] = field(default_factory=list)
    fallbacks: list[str] = field(default_factory=list)
    greedy: bool = False
    ends: list[str] = field(default_factory=list)

    def child(self, segment: Segment) -> _Resource:
        if segment.static is not None:
            return self.static.setdefault(segment.static, _Resource())
        self.variable = self.variable or _Resource()
        self.variable.greedy = self.variable.greedy or segment.greedy
        self.variable.names.extend(segment.names)
        self.variable.fallbacks.append(segment.default_name)
        return self.variable

    def name(self, taken: Collection[str]) -> str:
        """Return the first name in the document, with invalid characters replaced."""
        given = (self.names or self.fallbacks)[0]
        legal = re.sub(r"[^A-Za-z0-9_.:-]", "_", given)
        name, number = legal, 2
        while name in taken:
            name, number = f"{legal}{number}", number + 1
        return name

    def below(self) -> Iterator[str]:
        """Every path that ends here or further down."""
        yield from self.ends
        for child in (*self.static.values(), self.variable):
            if child is not None:
                yield from child.below()


def _assigned(resource: _Resource, path: str, taken: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for original in resource.ends:
        yield original, path or "/"
    for text, child in resource.static.items():
        yield from _assigned(child, f"{path}/{text}", taken)
    if resource.variable is None:
        return
    name = resource.variable.name(taken)
    if not resource.variable.greedy:
        yield from _assigned(resource.variable, f"{path}/{{{name}}}", (*taken, name))
        return
    for original in resource.variable.below():
        yield original, f"{path}/{{{name}+}}"


def variables(resource_path: str) -> tuple[str, ...]:
    """The names of the path parameters of a resource's path."""
    return tuple(name.removesuffix("+") for name in _BRACES.findall(resource_path))


__all__ = [
    "ResourceLayout",
    "Segment",
    "map_paths",
    "path_parameter_names",
    "split_path",
    "variables",
]
