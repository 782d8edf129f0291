"""The route that serves a request."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.local.gateway.router import Router
from tests.support.in_memory_functions import route

ROUTES = [
    route("/", "GET"),
    route("/jobs", "GET"),
    route("/jobs", "ANY"),
    route("/jobs/{id}", "GET"),
    route("/jobs/latest", "GET"),
    route("/jobs/{id}/log", "GET"),
    route("/files/{path+}", "ANY"),
    route("/files/{path+}", "PUT"),
    route("/{proxy+}", "ANY"),
    route("/only/deep/get", "GET"),
]
ROUTER = Router(ROUTES)


@pytest.mark.parametrize(
    ("method", "path", "expected", "parameters"),
    [
        ("GET", "/", "GET /", {}),
        ("GET", "/jobs", "GET /jobs", {}),
        ("POST", "/jobs", "ANY /jobs", {}),
        ("GET", "/jobs/", "GET /jobs", {}),
        ("GET", "//jobs", "GET /jobs", {}),
        ("GET", "/jobs/7", "GET /jobs/{id}", {"id": "7"}),
        ("GET", "/jobs/latest", "GET /jobs/latest", {}),
        ("GET", "/jobs/lat%65st", "GET /jobs/latest", {}),
        ("GET", "/jobs/latest/log", "GET /jobs/{id}/log", {"id": "latest"}),
        ("GET", "/jobs/a%2Fb", "GET /jobs/{id}", {"id": "a%2Fb"}),
        ("GET", "/jobs/7/other", "ANY /{proxy+}", {"proxy": "jobs/7/other"}),
        ("GET", "/jobs//log", "ANY /{proxy+}", {"proxy": "jobs//log"}),
        ("PUT", "/files/a/b", "PUT /files/{path+}", {"path": "a/b"}),
        ("GET", "/files/a//b", "ANY /files/{path+}", {"path": "a//b"}),
        ("GET", "/files", "ANY /{proxy+}", {"proxy": "files"}),
        ("GET", "/only/deep", "ANY /{proxy+}", {"proxy": "only/deep"}),
        ("GET", "/Jobs", "ANY /{proxy+}", {"proxy": "Jobs"}),
    ],
)
def test_a_request_reaches_its_route(
    method: str, path: str, expected: str, parameters: dict[str, str]
) -> None:
    """Exact paths precede parameters, parameters precede greedy ones, and a method precedes ANY."""
    match = ROUTER.match(method, path)

    assert match is not None
    assert str(match.route) == expected
    assert match.path_parameters == parameters


def test_requests_of_other_methods_and_paths_share_no_match() -> None:
    """The router keeps its matches. A repeated request has the same one."""
    router = Router(ROUTES)
    requests = [
        (method, path)
        for path in ("/jobs", "/jobs/7", "/jobs/8", "/jobs/8/log", "/files/a", "/files/b/c", "/")
        for method in ("GET", "PUT", "POST")
    ]

    for method, path in requests * 2:
        assert router.match(method, path) == Router(ROUTES).match(method, path), (method, path)
    assert router.match("GET", "/jobs/8/log") is router.match("GET", "/jobs/8/log")


def test_many_paths_do_not_fill_the_memory() -> None:
    """The router keeps the matches of a few hundred requests."""
    router = Router(ROUTES)
    for number in range(1000):
        router.match("GET", f"/jobs/{number}")

    assert 100 < router._cached_match.cache_info().currsize < 1000


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/"), ("POST", "/jobs/7"), ("DELETE", "/only/deep/get")],
)
def test_a_greedy_route_does_not_serve_a_missing_method(method: str, path: str) -> None:
    """The more specific resource rejects the request."""
    assert ROUTER.match(method, path) is None


def test_a_greedy_route_does_not_match_the_root() -> None:
    """`/{proxy+}` alone does not serve `/`."""
    router = Router([route("/{proxy+}")])

    assert router.match("GET", "/") is None
    assert router.match("GET", "//") is None


segments = st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1)


@given(st.lists(segments, min_size=1))
def test_a_greedy_parameter_is_the_path_as_sent(parts: list[str]) -> None:
    """`/{proxy+}` passes any path on unchanged."""
    path = "/".join(quote(part, safe="") for part in parts)
    match = Router([route("/{proxy+}")]).match("GET", "/" + path)

    assert match is not None
    assert match.path_parameters == {"proxy": path}


names = st.text(alphabet="abc", min_size=1, max_size=2)
# API Gateway rejects siblings that are parameters of different names: one name a depth.
patterns = st.lists(names | st.none(), max_size=3).map(
    lambda parts: tuple(part or f"{{p{depth}}}" for depth, part in enumerate(parts))
)


@given(st.sets(patterns, max_size=6), st.lists(names, max_size=3))
def test_the_most_specific_route_is_chosen(
    paths: set[tuple[str, ...]], segments: list[str]
) -> None:
    """No other matching route is exact at an earlier segment."""
    router = Router([route("/" + "/".join(path)) for path in paths])
    match = router.match("GET", "/" + "/".join(segments))
    fitting = [
        path
        for path in paths
        if len(path) == len(segments)
        and all(
            part.startswith("{") or part == segment
            for part, segment in zip(path, segments, strict=True)
        )
    ]

    if match is None:
        assert fitting == []
    else:
        chosen = tuple(part for part in match.route.path.split("/") if part)
        assert _wildcards(chosen) == min(map(_wildcards, fitting))


def _wildcards(path: tuple[str, ...]) -> tuple[bool, ...]:
    return tuple(part.startswith("{") for part in path)
