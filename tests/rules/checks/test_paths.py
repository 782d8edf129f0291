"""Paths: what is let through is what API Gateway takes, and each refusal has a way out."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from streaming_construct.aws.rest_paths import path_variables, resources
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.paths import check_paths, check_resource_count
from streaming_construct.rules.rule import Severity
from tests.support.models import ids, new_api, new_route

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html: a
# segment has letters, digits and _ - . , : only; a parameter is a segment of its own. And nothing
# can follow a greedy parameter.
AWS_PATH = re.compile(
    r"/|(/([a-zA-Z0-9_.,:-]+|\{[a-zA-Z0-9_.:-]+\}))*"
    r"/([a-zA-Z0-9_.,:-]+|\{[a-zA-Z0-9_.:-]+\+?\})"
)
SEGMENT = st.from_regex(r"[a-zA-Z0-9_.,:-]{1,8}", fullmatch=True)
VARIABLE = st.from_regex(r"\{[a-zA-Z0-9_.:-]{1,8}\}", fullmatch=True)
GREEDY = st.from_regex(r"\{[a-zA-Z0-9_.:-]{1,8}\+\}", fullmatch=True)

REFUSED_AND_MENDED = {
    "no slash at the start": ("chat", "/chat"),
    "a slash at the end": ("/chat/", "/chat"),
    "nothing but slashes": ("//", "/"),
    "an empty segment": ("/a//b", "/a/b"),
    "a character that is refused": ("/chats/@me", "/chats/me"),
    "a space": ("/my chats", "/my-chats"),
    "a letter of another alphabet": ("/schön", "/schoen"),
    "a line end": ("/chat\n", "/chat"),
    "a variable in a segment": ("/files/{name}.json", "/files/{name}"),
    "two variables in a segment": ("/at/{lon},{lat}", "/at/{lon}/{lat}"),
    "a variable without a name": ("/a/{}", "/a/{id}"),
    "braces that do not match": ("/a/{id", "/a/{id}"),
    "something after a greedy variable": ("/{proxy+}/raw", "/raw/{proxy+}"),
    "a plus outside the braces": ("/{proxy}+", "/{proxy+}"),
}


@pytest.mark.parametrize("case", REFUSED_AND_MENDED)
def test_a_path_that_api_gateway_refuses_has_a_twin_that_it_takes(case: str) -> None:
    """Each is refused as `path-invalid`, and mended it is sound."""
    broken, mended = REFUSED_AND_MENDED[case]

    assert set(ids(check_paths(new_api(new_route(broken))))) == {"path-invalid"}
    assert not list(check_paths(new_api(new_route(mended))))


@given(st.text(alphabet="ab1{}+/.,:-_ é\n٣%", max_size=12).map(lambda text: "/" + text))
@example("/{a+}+")
@example("/a/")
@example("//")
@example("/{a}{b}")
def test_whatever_is_let_through_api_gateway_takes(path: str) -> None:
    """No path reaches a deployment that would fail there, and none that would pass is refused."""
    accepted = not list(check_paths(new_api(new_route(path))))

    names = [segment.strip("{+}") for segment in path.split("/") if "{" in segment]
    assert accepted == (bool(AWS_PATH.fullmatch(path)) and len(names) == len(set(names)))


@given(st.lists(SEGMENT | VARIABLE, max_size=5), st.none() | GREEDY)
def test_every_path_of_legal_segments_is_let_through(segments: list[str], last: str | None) -> None:
    """Plain segments and variables in any order, a greedy variable at the end."""
    every = [*segments, last] if last else segments
    names = [segment.strip("{+}") for segment in every if "{" in segment]
    assume(len(names) == len(set(names)))
    path = "/" + "/".join(every)

    assert not list(check_paths(new_api(new_route(path))))


def test_several_problems_of_a_path_are_said_together() -> None:
    """One round of mending is enough."""
    found = list(check_paths(new_api(new_route("/a//{b}c/é/"))))

    assert len(found) == 4
    assert {finding.subject for finding in found} == {Subject("route", "GET /a//{b}c/é/")}


def test_a_method_that_api_gateway_does_not_have() -> None:
    """TRACE and CONNECT cannot be routes; ANY stands for all there are."""
    (found,) = check_paths(new_api(new_route(method="TRACE")))

    assert (found.rule.id, "'TRACE'" in found.message, "ANY" in found.fix) == (
        "method-invalid",
        True,
        True,
    )
    assert not list(check_paths(new_api(new_route(method="ANY"))))


def test_the_same_route_twice() -> None:
    """Once is said once, however often it is there; another method is another route."""
    twice = new_api(new_route(), new_route(), new_route())

    assert ids(check_paths(twice)) == ["duplicate-route"]
    assert not list(check_paths(new_api(new_route(), new_route(method="POST"))))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/jobs/{id}", "/jobs/{job}"),
        ("/jobs/{id}", "/jobs/{job}/log"),
        ("/{proxy+}", "/{tenant}/jobs"),
        ("/a/{x}/b/{y}", "/a/{x}/b/{z+}"),
    ],
)
def test_variables_of_different_names_below_one_resource(one: str, other: str) -> None:
    """API Gateway has one variable below a resource, greedy or not."""
    (found,) = check_paths(new_api(new_route(one), new_route(other)))

    assert found.rule.id == "path-variable-conflict"
    assert one in found.message
    assert other in found.message


def test_one_name_below_one_resource_is_sound() -> None:
    """As are different names below different resources, and names beside a variable."""
    paths = ["/jobs/{id}", "/jobs/{id}/log/{line}", "/users/{user}", "/jobs/new"]

    assert not list(check_paths(new_api(*map(new_route, paths))))


def test_parents_and_the_root_count_as_resources() -> None:
    """Once each, as API Gateway creates them."""
    assert resources(["/a/{b}/c", "/a/d"]) == {"/", "/a", "/a/{b}", "/a/{b}/c", "/a/d"}
    assert resources(["/"]) == {"/"}


def test_more_resources_than_an_api_has_by_default() -> None:
    """300 are the quota: it is a warning, since an account may have more."""
    (found,) = check_resource_count(301)

    assert (found.rule.id, found.rule.severity) == ("resource-quota-exceeded", Severity.WARNING)
    assert not list(check_resource_count(300))


def test_an_api_is_counted_with_its_parents() -> None:
    """150 paths of two segments each of their own make 301 resources."""
    routes = [new_route(f"/a{number}/b") for number in range(150)]

    assert ids(check_paths(new_api(*routes))) == ["resource-quota-exceeded"]
    assert not list(check_paths(new_api(*routes[1:])))


@given(st.lists(SEGMENT | VARIABLE, min_size=1, max_size=5))
def test_a_path_is_its_parents_and_its_variables(segments: list[str]) -> None:
    """Each variable comes with the resource that it is below, which is one of the path's own."""
    path = "/" + "/".join(segments)

    variables = list(path_variables(path))

    assert [variable for _, variable in variables] == [s for s in segments if s.startswith("{")]
    for parent, variable in variables:
        assert {parent, f"{parent.rstrip('/')}/{variable}"} <= resources([path])
