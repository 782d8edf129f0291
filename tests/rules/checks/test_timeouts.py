"""Rules about the timeouts of integrations and of their functions."""

from __future__ import annotations

import pytest

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.rules.checks.timeouts import check_timeouts
from streaming_construct.rules.rule import Severity
from tests.support.models import ids, new_declaration, new_function, new_route

STREAM, BUFFERED = TransferMode.STREAM, TransferMode.BUFFERED
LONG = new_function(900)


@pytest.mark.parametrize(
    ("mode", "accepted", "rejected"),
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
    mode: TransferMode, accepted: int, rejected: int
) -> None:
    """50 ms to 15 minutes for STREAM, to 29 seconds for BUFFERED, ends included."""

    def rule_ids(timeout: int) -> list[str]:
        # No function: only the range is looked at.
        return ids(
            check_timeouts(new_declaration(new_route(mode=mode, timeout_ms=timeout), functions=()))
        )

    assert rule_ids(rejected) == ["timeout-out-of-range"]
    assert rule_ids(accepted) == []


def test_a_raised_quota_applies_only_to_buffered_responses() -> None:
    """It belongs to the account, and does not apply to streams."""

    def rule_ids(mode: TransferMode, timeout: int) -> list[str]:
        route = new_route(mode=mode, timeout_ms=timeout)
        return ids(
            check_timeouts(
                new_declaration(route, functions=[LONG], integration_timeout_max_ms=60_000)
            )
        )

    assert rule_ids(BUFFERED, 60_000) == []
    assert rule_ids(BUFFERED, 60_001) == ["timeout-out-of-range"]
    assert rule_ids(STREAM, 900_000) == []


def test_the_fix_for_a_long_buffered_timeout_names_streaming() -> None:
    """The quota is another fix. A streamed route has neither."""
    (buffered,) = check_timeouts(new_declaration(new_route(mode=BUFFERED, timeout_ms=30_000)))
    (streamed,) = check_timeouts(new_declaration(new_route(timeout_ms=900_001), functions=()))

    assert "stream the route" in buffered.fix
    assert "quota" not in streamed.fix


def test_a_function_timeout_shorter_than_that_of_its_route_is_a_finding() -> None:
    """Otherwise Lambda would end a stream before API Gateway does."""
    route = new_route(timeout_ms=60_000)

    (finding,) = check_timeouts(new_declaration(route, functions=[new_function(59.9)]))

    assert (finding.rule.id, finding.rule.severity) == (
        "function-timeout-shorter",
        Severity.WARNING,
    )
    assert "Stack/chat ends after 59.9 s" in finding.message
    assert not list(check_timeouts(new_declaration(route, functions=[new_function(60)])))
    buffered = new_route(mode=TransferMode.BUFFERED, timeout_ms=29_000)
    assert not list(check_timeouts(new_declaration(buffered, functions=[new_function(10)])))


def test_unknown_timeouts_are_not_judged() -> None:
    """That of an imported function, of a route without one, of an unknown function."""
    apis = [
        new_declaration(new_route(timeout_ms=60_000), functions=[new_function(None)]),
        new_declaration(new_route(timeout_ms=None), functions=[new_function(1)]),
        new_declaration(new_route(timeout_ms=60_000), functions=()),
    ]

    assert [ids(check_timeouts(api)) for api in apis] == [[], [], []]


def test_the_default_function_timeout_of_a_stream_is_one_finding() -> None:
    """It is three seconds. Several routes of one function are one finding."""
    routes = [new_route(f"/r{number}") for number in range(10)]

    (finding,) = check_timeouts(new_declaration(*routes, functions=[new_function(3)]))

    assert (finding.rule.id, finding.rule.severity) == (
        "function-timeout-default",
        Severity.WARNING,
    )
    assert not list(check_timeouts(new_declaration(*routes, functions=[new_function(4)])))


def test_the_default_function_timeout_of_a_buffered_route_is_no_finding() -> None:
    """A health check takes less than three seconds."""
    route = new_route(mode=BUFFERED)

    assert not list(check_timeouts(new_declaration(route, functions=[new_function(3)])))


def test_a_function_timeout_over_15_minutes_is_a_warning() -> None:
    """Lambda allows 30 minutes, API Gateway streams for 15. The function is reported once."""
    routes = [new_route("/a"), new_route("/b")]

    def found(seconds: float, mode: TransferMode = STREAM) -> list[str]:
        declared = [new_route(route.path, mode=mode) for route in routes]
        return ids(check_timeouts(new_declaration(*declared, functions=[new_function(seconds)])))

    assert found(900) == []
    assert found(901) == found(1_800) == ["function-timeout-unused"]
    assert found(901, BUFFERED) == []
    assert found(1_801) == ["function-timeout-out-of-range"]
    assert found(1_801, BUFFERED) == ["function-timeout-out-of-range"]
