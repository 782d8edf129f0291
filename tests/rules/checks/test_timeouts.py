"""Timeouts: of the integration, in its range, and of the function behind it, long enough."""

from __future__ import annotations

import pytest

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.rules.checks.timeouts import check_timeouts
from streaming_construct.rules.rule import Severity
from tests.support.models import ids, new_declaration, new_function, new_route

STREAM, BUFFERED = TransferMode.STREAM, TransferMode.BUFFERED
LONG = new_function(900)


@pytest.mark.parametrize(
    ("mode", "taken", "refused"),
    [
        (STREAM, 50, 49),
        (STREAM, 900_000, 900_001),
        (BUFFERED, 50, 49),
        (BUFFERED, 29_000, 29_001),
        (STREAM, 30_000, 0),
        (STREAM, 30_000, -1),
    ],
)
def test_a_timeout_has_a_range_for_each_transfer_mode(
    mode: TransferMode, taken: int, refused: int
) -> None:
    """50 ms to 15 minutes when streamed, to 29 seconds when buffered, ends included."""

    def found(timeout: int) -> list[str]:
        # No function: only the range is looked at.
        return ids(
            check_timeouts(new_declaration(new_route(mode=mode, timeout_ms=timeout), functions=()))
        )

    assert found(refused) == ["timeout-out-of-range"]
    assert found(taken) == []


def test_a_raised_quota_makes_room_for_buffered_answers_alone() -> None:
    """It is the account's, and has nothing to do with streams."""

    def found(mode: TransferMode, timeout: int) -> list[str]:
        route = new_route(mode=mode, timeout_ms=timeout)
        return ids(
            check_timeouts(
                new_declaration(route, functions=[LONG], integration_timeout_max_ms=60_000)
            )
        )

    assert found(BUFFERED, 60_000) == []
    assert found(BUFFERED, 60_001) == ["timeout-out-of-range"]
    assert found(STREAM, 900_000) == []


def test_a_buffered_answer_that_takes_longer_is_told_of_streaming() -> None:
    """Which is one way out, the quota another; a streamed one is told of neither."""
    (buffered,) = check_timeouts(new_declaration(new_route(mode=BUFFERED, timeout_ms=30_000)))
    (streamed,) = check_timeouts(new_declaration(new_route(timeout_ms=900_001), functions=()))

    assert "stream the route" in buffered.fix
    assert "quota" not in streamed.fix


def test_a_function_must_last_as_long_as_its_route() -> None:
    """Otherwise Lambda cuts what API Gateway would still wait for."""
    route = new_route(timeout_ms=60_000)

    (found,) = check_timeouts(new_declaration(route, functions=[new_function(59.9)]))

    assert (found.rule.id, found.rule.severity) == ("function-timeout-shorter", Severity.WARNING)
    assert "Stack/chat ends after 59.9 s" in found.message
    assert not list(check_timeouts(new_declaration(route, functions=[new_function(60)])))
    buffered = new_route(mode=TransferMode.BUFFERED, timeout_ms=29_000)
    assert not list(check_timeouts(new_declaration(buffered, functions=[new_function(10)])))


def test_what_is_not_known_is_not_judged() -> None:
    """An imported function's timeout, a route without one, a function that nobody describes."""
    apis = [
        new_declaration(new_route(timeout_ms=60_000), functions=[new_function(None)]),
        new_declaration(new_route(timeout_ms=None), functions=[new_function(1)]),
        new_declaration(new_route(timeout_ms=60_000), functions=()),
    ]

    assert [ids(check_timeouts(api)) for api in apis] == [[], [], []]


def test_lambdas_default_timeout_behind_a_stream_is_said_once() -> None:
    """Three seconds, whoever set them; ten routes are one surprise."""
    routes = [new_route(f"/r{number}") for number in range(10)]

    (found,) = check_timeouts(new_declaration(*routes, functions=[new_function(3)]))

    assert (found.rule.id, found.rule.severity) == ("function-timeout-default", Severity.WARNING)
    assert not list(check_timeouts(new_declaration(*routes, functions=[new_function(4)])))


def test_lambdas_default_timeout_behind_a_buffered_route_is_nothing_to_tell() -> None:
    """Nobody waits three seconds for a health check."""
    route = new_route(mode=BUFFERED)

    assert not list(check_timeouts(new_declaration(route, functions=[new_function(3)])))


def test_a_function_may_run_longer_than_a_stream_only_with_a_warning() -> None:
    """Lambda takes 30 minutes, API Gateway streams for 15. The function is reported once."""
    routes = [new_route("/a"), new_route("/b")]

    def found(seconds: float, mode: TransferMode = STREAM) -> list[str]:
        declared = [new_route(route.path, mode=mode) for route in routes]
        return ids(check_timeouts(new_declaration(*declared, functions=[new_function(seconds)])))

    assert found(900) == []
    assert found(901) == found(1_800) == ["function-timeout-unused"]
    assert found(901, BUFFERED) == []
    assert found(1_801) == ["function-timeout-out-of-range"]
    assert found(1_801, BUFFERED) == ["function-timeout-out-of-range"]
