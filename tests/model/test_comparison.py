"""Two declarations of an API are compared by the properties that both have."""

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


def test_equal_declarations_have_no_differences() -> None:
    """Of anything."""
    api = new_api(new_route())

    assert list(compare_states(snapshot_api(api), snapshot_api(api))) == []


def test_an_added_or_missing_route_is_a_difference() -> None:
    """The expected declaration is the reference."""
    before, after = (
        {Subject("route", "GET /a"): RouteState()},
        {Subject("route", "GET /b"): RouteState()},
    )

    assert sorted(compare_states(before, after)) == [
        (Subject("route", "GET /a"), "is missing"),
        (Subject("route", "GET /b"), "is there"),
    ]


def test_a_property_of_only_one_declaration_is_no_difference() -> None:
    """An export may leave properties out."""
    declared = {Subject("route", "GET /a"): RouteState(timeout_ms=29_000, integration_uri="arn:a")}

    assert (
        list(compare_states(declared, {Subject("route", "GET /a"): RouteState(timeout_ms=29_000)}))
        == []
    )
    assert list(
        compare_states(declared, {Subject("route", "GET /a"): RouteState(timeout_ms=50)})
    ) == [(Subject("route", "GET /a"), "has timeout ms 50 instead of 29000")]


def test_a_variable_that_was_removed_is_a_difference() -> None:
    """A removed variable is known to be absent."""
    variables = {"AWS_LWA_INVOKE_MODE": "response_stream"}
    function = Function(id="chat", origin=SourceLocation(), environment=variables)
    api = new_api(new_route(), functions=[function])
    without = replace(api, functions={"chat": replace(function, environment={})})

    assert list(compare_states(snapshot_api(api), snapshot_api(without))) == [
        (Subject("function", "chat"), "has invoke mode '' instead of 'response_stream'")
    ]
    unclear = replace(function, environment={}, unresolved={"Environment": "it is a secret"})
    assert not list(
        compare_states(snapshot_api(api), snapshot_api(replace(api, functions={"chat": unclear})))
    )


def test_a_layer_without_an_arn_is_not_compared() -> None:
    """AWS names a layer of the template."""
    function = Function(
        id="chat", origin=SourceLocation(), layers=(Layer(origin=SourceLocation()),)
    )
    state = snapshot_api(new_api(new_route(), functions=[function]))[Subject("function", "chat")]

    assert isinstance(state, FunctionState)
    assert state.layers is None


def test_authorization_is_compared_by_kind() -> None:
    """An unresolved authorizer is not compared."""
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


def test_the_stage_is_compared() -> None:
    """Its throttle, for example."""
    api = new_api(new_route())
    slow = replace(api, stage=replace(api.stage, throttle=Throttle(rate=1, burst=1)))
    fast = replace(api, stage=replace(api.stage, throttle=Throttle(rate=9, burst=1)))

    assert list(compare_states(snapshot_api(slow), snapshot_api(fast))) == [
        (Subject("stage"), "has rate 9 instead of 1")
    ]


def test_a_mode_that_contradicts_its_uri_is_not_compared() -> None:
    """Another rule reports it."""
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
