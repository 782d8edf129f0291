"""Rules about paths: API Gateway accepts the valid ones, and each error has a fix."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from streaming_construct.aws.rest_paths import list_path_variables, list_resource_paths
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

REJECTED_AND_CORRECTED = {
    "no slash at the start": ("chat", "/chat"),
    "a slash at the end": ("/chat/", "/chat"),
    "nothing but slashes": ("//", "/"),
    "an empty segment": ("/a//b", "/a/b"),
    "a character that is rejected": ("/chats/@me", "/chats/me"),
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


@pytest.mark.parametrize("case", REJECTED_AND_CORRECTED)
def test_a_path_that_api_gateway_rejects_has_a_valid_form(case: str) -> None:
    """Each breaks `path-invalid`, and its corrected form does not."""
    broken, corrected = REJECTED_AND_CORRECTED[case]

    assert set(ids(check_paths(new_api(new_route(broken))))) == {"path-invalid"}
    assert not list(check_paths(new_api(new_route(corrected))))


@given(st.text(alphabet="ab1{}+/.,:-_ é\n٣%", max_size=12).map(lambda text: "/" + text))
@example("/{a+}+")
@example("/a/")
@example("//")
@example("/{a}{b}")
def test_api_gateway_accepts_every_valid_path(path: str) -> None:
    """No valid path fails at deployment, and no path that it accepts is invalid."""
    accepted = not list(check_paths(new_api(new_route(path))))

    names = [segment.strip("{+}") for segment in path.split("/") if "{" in segment]
    assert accepted == (bool(AWS_PATH.fullmatch(path)) and len(names) == len(set(names)))


@given(st.lists(SEGMENT | VARIABLE, max_size=5), st.none() | GREEDY)
def test_every_path_of_valid_segments_is_valid(segments: list[str], last: str | None) -> None:
    """Literal segments and variables in any order, a greedy variable at the end."""
    all_segments = [*segments, last] if last else segments
    names = [segment.strip("{+}") for segment in all_segments if "{" in segment]
    assume(len(names) == len(set(names)))
    path = "/" + "/".join(all_segments)

    assert not list(check_paths(new_api(new_route(path))))


def test_several_problems_of_a_path_are_reported_together() -> None:
    """A user can correct them together."""
    findings = list(check_paths(new_api(new_route("/a//{b}c/é/"))))

    assert len(findings) == 4
    assert {finding.subject for finding in findings} == {Subject("route", "GET /a//{b}c/é/")}


def test_an_unsupported_method_is_an_error() -> None:
    """TRACE and CONNECT cannot be routes. ANY means all methods."""
    (finding,) = check_paths(new_api(new_route(method="TRACE")))

    assert (finding.rule.id, "'TRACE'" in finding.message, "ANY" in finding.fix) == (
        "method-invalid",
        True,
        True,
    )
    assert not list(check_paths(new_api(new_route(method="ANY"))))


def test_a_repeated_route_is_one_error() -> None:
    """The number of repetitions does not matter. Another method is another route."""
    twice = new_api(new_route(), new_route(), new_route())

    assert ids(check_paths(twice)) == ["duplicate-route"]
    assert not list(check_paths(new_api(new_route(), new_route(method="POST"))))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("/jobs/{id}", "/jobs/{job}"),
        ("/jobs/{id}", "/jobs/{job}/log"),
        ("/{proxy+}", "/{tenant}/jobs"),
        ("/a/{x}/b/{y}", "/a/{x}/b/{z+}"),
    ],
)
def test_different_variables_below_one_resource_are_an_error(first: str, second: str) -> None:
    """A resource has one variable below it, greedy or not."""
    (finding,) = check_paths(new_api(new_route(first), new_route(second)))

    assert finding.rule.id == "path-variable-conflict"
    assert first in finding.message
    assert second in finding.message


def test_one_variable_name_below_one_resource_is_valid() -> None:
    """Other resources may have other names, and literal segments may stand beside a variable."""
    paths = ["/jobs/{id}", "/jobs/{id}/log/{line}", "/users/{user}", "/jobs/new"]

    assert not list(check_paths(new_api(*map(new_route, paths))))


def test_parents_and_the_root_count_as_resources() -> None:
    """Each counts once, as API Gateway creates them."""
    assert list_resource_paths(["/a/{b}/c", "/a/d"]) == {"/", "/a", "/a/{b}", "/a/{b}/c", "/a/d"}
    assert list_resource_paths(["/"]) == {"/"}


def test_more_resources_than_the_quota_are_a_warning() -> None:
    """The quota of 300 can be raised, so it is no error."""
    (finding,) = check_resource_count(301)

    assert (finding.rule.id, finding.rule.severity) == ("resource-quota-exceeded", Severity.WARNING)
    assert not list(check_resource_count(300))


def test_the_parents_of_paths_count_as_resources() -> None:
    """150 paths of two separate segments make 301 resources."""
    routes = [new_route(f"/a{number}/b") for number in range(150)]

    assert ids(check_paths(new_api(*routes))) == ["resource-quota-exceeded"]
    assert not list(check_paths(new_api(*routes[1:])))


@given(st.lists(SEGMENT | VARIABLE, min_size=1, max_size=5))
def test_a_path_has_its_parents_and_its_variables(segments: list[str]) -> None:
    """Each variable has the resource that it is below."""
    path = "/" + "/".join(segments)

    variables = list(list_path_variables(path))

    assert [variable for _, variable in variables] == [s for s in segments if s.startswith("{")]
    for parent, variable in variables:
        assert {parent, f"{parent.rstrip('/')}/{variable}"} <= list_resource_paths([path])
