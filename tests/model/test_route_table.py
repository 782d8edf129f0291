"""Routes are checked one by one as they are added, with the result of checking all together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.model.api import Route
from streaming_construct.model.route_table import RouteTable
from streaming_construct.rules.checks.paths import check_paths
from streaming_construct.rules.rule import Severity
from tests.support.models import new_api, new_route

PATHS = st.lists(st.sampled_from(["a", "b", "{x}", "{y}", "{x+}"]), min_size=1, max_size=3).map(
    lambda segments: "/" + "/".join(segments)
)
ROUTES = st.builds(new_route, PATHS, st.sampled_from(["GET", "POST"]))


def is_rejected(*routes: Route) -> bool:
    return any(finding.rule.severity is Severity.ERROR for finding in check_paths(new_api(*routes)))


@given(st.lists(ROUTES, max_size=8))
def test_a_route_is_compared_with_possible_conflicts(candidates: list[Route]) -> None:
    """The few that `list_overlapping` selects reject a route exactly when all would."""
    table = RouteTable([])
    for route in candidates:
        rejected = is_rejected(*table.list_overlapping([route]), route)

        assert rejected == is_rejected(*table.sorted(), route)
        if not rejected:
            table.add([route])


def test_a_default_route_is_replaced_once() -> None:
    """A route of its path and method replaces it. The next one is a repetition."""
    default, mine = new_route("/", "ANY"), new_route("/", "ANY", timeout_ms=1000)
    table = RouteTable([default])

    assert table.list_overlapping([mine]) == []
    table.add([mine])
    assert table.sorted() == (mine,)
    assert table.list_overlapping([mine]) == [mine]


def test_a_default_route_reserves_its_variable_name() -> None:
    """Each route beside it must use the same name."""
    default = new_route("/{proxy+}", "ANY")

    assert RouteTable([default]).list_overlapping([new_route("/{id}")]) == [default]
