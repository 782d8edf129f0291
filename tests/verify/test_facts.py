"""Facts are read from an exchange by their names, without values that identify the target."""

from __future__ import annotations

import json
from typing import Any

import pytest

from streaming_construct.probe.http.timeline import Arrival, Timeline
from streaming_construct.verify.battery.registry import CASES
from streaming_construct.verify.exchange import Exchange, Framing
from streaming_construct.verify.facts import (
    FactNameError,
    Observation,
    needs_log_record,
    observe,
    read_fact,
)


def exchange(body: bytes = b"", **members: Any) -> Exchange:
    timeline = Timeline((Arrival(0.1, body),) if body else (), 0.2, 0.1)
    return Exchange(**{"status": 200, "is_complete": True, "timeline": timeline, **members})


def fact(name: str, observed: Exchange, **members: Any) -> Any:
    return read_fact(name, Observation(exchanges=(observed,), **members))


def lines(*times: float, total: float = 2.0, head: float = 0.1) -> Timeline:
    return Timeline(tuple(Arrival(at, b"x\n") for at in times), total, head)


def test_a_repeated_header_is_a_list() -> None:
    observed = exchange(headers=(("Set-Cookie", "a"), ("set-cookie", "b"), ("X-One", "1")))
    assert fact("header:set-cookie", observed) == ["a", "b"]
    assert fact("header:x-one", observed) == "1"
    assert fact("header:x-none", observed) is None
    assert fact("has_header:x-none", observed) is False


def test_members_of_a_body_are_found_by_pointer() -> None:
    observed = exchange(json.dumps({"a/b": [{"c": None}, 2.5], "d": {}}).encode())
    assert fact("event:/a~1b/1", observed) == 2.5
    assert fact("has_event:/a~1b/0/c", observed) is True
    assert fact("has_event:/a~1b/5", observed) is False
    assert fact("type:/d", observed) == "object"
    assert fact("type:/e", observed) is None
    assert fact("json:/a", exchange(b"no JSON")) is None


@pytest.mark.parametrize(
    ("timeline", "verdict"),
    [
        (lines(0.3, 0.6, 0.9, 1.2), "streamed"),
        (lines(1.9, 1.9, 1.9, 1.9), "buffered"),
        (Timeline((), 1.0, 0.1), "empty"),
    ],
)
def test_timing_is_the_verdict_of_the_probe(timeline: Timeline, verdict: str) -> None:
    assert fact("timing", exchange(timeline=timeline)) == verdict


def test_the_head_is_early_with_the_body_or_missing() -> None:
    assert fact("head", exchange(timeline=lines(0.9, head=0.1))) == "early"
    assert fact("head", exchange(timeline=lines(0.11, head=0.1))) == "with the body"
    assert fact("head", exchange(timeline=Timeline((), 1.0, None))) == "missing"


def test_the_limit_that_truncated_a_response_is_named() -> None:
    idle = exchange(is_complete=False, timeline=lines(0.5, total=3.52))
    assert fact("cut_after", idle, time_scale=100) == "regional-idle-timeout"
    early = exchange(is_complete=False, timeline=lines(0.5, total=1.5))
    assert fact("cut_after", early) == "unknown"
    short = exchange(is_complete=False, path="/short?a", timeline=lines(0.5, total=3.1))
    assert fact("cut_after", short) == "integration-timeout"
    silent = exchange(status=504, timeline=Timeline((), 3.1, 3.1))
    assert fact("cut_after", silent, time_scale=100) == "regional-idle-timeout"
    at_30_seconds = exchange(status=504, timeline=Timeline((), 30.0))
    assert fact("cut_after", at_30_seconds) == "integration-timeout-default"
    assert fact("cut_after", exchange()) is None


def test_responses_are_counted_by_status() -> None:
    observation = Observation(exchanges=(exchange(), exchange(status=429), exchange(status=429)))
    assert read_fact("count.429", observation) == 2
    assert read_fact("count.200", observation) == 1


def test_a_dash_in_the_log_is_no_value() -> None:
    record = {"status": "200", "errorMessage": "-"}
    assert fact("log:status", exchange(), log_record=record) == "200"
    assert fact("has_log:errorMessage", exchange(), log_record=record) is False
    assert needs_log_record(("status", "has_log:x"))
    assert not needs_log_record(("status",))


def test_values_of_the_target_become_their_names() -> None:
    observed = exchange(
        json.dumps({"arn": "x:abc:abc-1", "ids": ["r-1"]}).encode(),
        headers=(("x-amzn-RequestId", "r-1"),),
    )
    facts = observe(
        ("event:/arn", "event:/ids"),
        Observation(exchanges=(observed,)),
        {"api_id": "abc", "host": "abc-1", "empty": ""},
    )
    assert facts == {"event:/arn": "x:{api_id}:{host}", "event:/ids": ["{request_id}"]}


def test_every_fact_of_the_cases_has_a_reader() -> None:
    for case in CASES:
        assert case.expected, case.id
        for name in case.expected:
            fact(name, exchange(framing=Framing.NONE))
    with pytest.raises(FactNameError, match="'stauts' is not the name of a fact"):
        fact("stauts", exchange())
