"""Two descriptions of an API are compared by what both of them say."""

from __future__ import annotations

from dataclasses import replace

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.model.authorization import Authorizer, AuthorizerType
from streaming_construct.model.comparison import (
    FunctionState,
    RouteState,
    compare_states,
    snapshot_api,
    snapshot_routes,
)
from streaming_construct.model.functions import Function, Layer
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.model.usage_plans import Throttle
from tests.support.models import new_api, new_route


def test_what_is_the_same_has_no_differences() -> None:
    """Of anything."""
    api = new_api(new_route())

    assert list(compare_states(snapshot_api(api), snapshot_api(api))) == []


def test_a_route_more_or_less_is_a_difference() -> None:
    """Seen from what is expected."""
    one, two = (
        {Subject("route", "GET /a"): RouteState()},
        {Subject("route", "GET /b"): RouteState()},
    )

    assert sorted(compare_states(one, two)) == [
        (Subject("route", "GET /a"), "is missing"),
        (Subject("route", "GET /b"), "is there"),
    ]


def test_what_one_of_them_does_not_say_is_no_difference() -> None:
    """An export leaves out what it likes."""
    known = {Subject("route", "GET /a"): RouteState(timeout_ms=29_000, integration_uri="arn:a")}

    assert (
        list(compare_states(known, {Subject("route", "GET /a"): RouteState(timeout_ms=29_000)}))
        == []
    )
    assert list(compare_states(known, {Subject("route", "GET /a"): RouteState(timeout_ms=50)})) == [
        (Subject("route", "GET /a"), "has timeout ms 50 instead of 29000")
    ]


def test_a_variable_that_was_removed_is_a_difference() -> None:
    """Unset is something that is said."""
    told = {"AWS_LWA_INVOKE_MODE": "response_stream"}
    one = Function(id="chat", origin=SourceLocation(), environment=told)
    api = new_api(new_route(), functions=[one])
    without = replace(api, functions={"chat": replace(one, environment={})})

    assert list(compare_states(snapshot_api(api), snapshot_api(without))) == [
        (Subject("function", "chat"), "has invoke mode '' instead of 'response_stream'")
    ]
    unclear = replace(one, environment={}, unresolved={"Environment": "it is a secret"})
    assert not list(
        compare_states(snapshot_api(api), snapshot_api(replace(api, functions={"chat": unclear})))
    )


def test_a_layer_without_an_arn_is_not_compared() -> None:
    """One that a template makes has the name that AWS will give it."""
    made = Function(id="chat", origin=SourceLocation(), layers=(Layer(origin=SourceLocation()),))
    state = snapshot_api(new_api(new_route(), functions=[made]))[Subject("function", "chat")]

    assert isinstance(state, FunctionState)
    assert state.layers is None


def test_who_may_call_is_compared_by_kind() -> None:
    """An authorizer that is not clear is none to compare."""
    route = new_route()
    pool = Authorizer(type=AuthorizerType.COGNITO, name="pool", origin=SourceLocation())

    def authorization(authorizer: Authorizer | None) -> str | None:
        access = replace(route.access, authorizer=authorizer)
        return snapshot_routes(new_api(replace(route, access=access)))[
            Subject("route", "GET /chat")
        ].authorization

    assert authorization(None) == "NONE"
    assert authorization(pool) == "COGNITO_USER_POOLS"
    assert authorization(replace(pool, type=AuthorizerType.TOKEN)) == "CUSTOM"
    assert authorization(replace(pool, unresolved={"Type": "it is unknown"})) is None


def test_the_stage_is_compared_too() -> None:
    """Its throttle, say."""
    api = new_api(new_route())
    slow = replace(api, stage=replace(api.stage, throttle=Throttle(rate=1, burst=1)))
    fast = replace(api, stage=replace(api.stage, throttle=Throttle(rate=9, burst=1)))

    assert list(compare_states(snapshot_api(slow), snapshot_api(fast))) == [
        (Subject("stage"), "has rate 9 instead of 1")
    ]


def test_a_mode_that_does_not_go_with_its_uri_is_not_compared() -> None:
    """The URI tells that, and a rule of its own."""
    route = new_route()
    unclear = replace(
        route.integration,
        transfer_mode=TransferMode.BUFFERED,
        unresolved={"ResponseTransferMode": "no pair"},
    )

    state = snapshot_routes(new_api(replace(route, integration=unclear)))[
        Subject("route", "GET /chat")
    ]

    assert state.transfer_mode is None
