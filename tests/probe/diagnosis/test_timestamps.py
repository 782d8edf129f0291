"""Times of writing in the chunks of a body."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.probe.diagnosis.timestamps import find_timestamps

START = 1_795_000_000.0  # in November 2026
MILLIS = [START + n / 1e3 for n in range(3)]


@pytest.mark.parametrize(
    ("texts", "times", "resolution"),
    [
        (
            [f"2026-11-18T11:06:4{n}.250Z line" for n in range(4)],
            [1795000000.25 + n for n in range(4)],
            0.001,
        ),
        (
            [f'data: {{"a": {{"time": "2026-11-18T12:06:4{n}+01:00"}}}}' for n in range(4)],
            [START + n for n in range(4)],
            1,
        ),
        (
            [f'{{"ts": {1795000000000 + n}}}' for n in range(3)],
            [START + n / 1e3 for n in range(3)],
            1e-3,
        ),
        ([f'{{"ts": {1795000000 + n}}}' for n in range(3)], [START + n for n in range(3)], 1),
        (
            [f"id: {1795000000000 + n}\ndata: x" for n in range(3)],
            [START + n / 1e3 for n in range(3)],
            1e-3,
        ),
        ([f"data: {1795000000 + n}.5" for n in range(3)], [START + n + 0.5 for n in range(3)], 0.1),
    ],
    ids=["ISO in text", "ISO in JSON", "milliseconds", "seconds", "id of an event", "bare number"],
)
def test_times_in_chunks_are_found(texts: list[str], times: list[float], resolution: float) -> None:
    """In JSON, in events, in plain lines. Their precision is known."""
    timestamps = find_timestamps(texts)

    assert timestamps is not None
    assert timestamps.times == pytest.approx(times, abs=1e-6)
    assert timestamps.resolution == pytest.approx(resolution)


def test_a_constant_time_is_no_time_of_writing() -> None:
    """The creation time of a completion is the same in all chunks."""
    created = [json.dumps({"created": 1795000000, "n": n}) for n in range(5)]

    assert find_timestamps(created) is None


def test_the_changing_field_is_chosen() -> None:
    """Another field is constant."""
    texts = [json.dumps({"created": 1795000000, "at": START + n / 10}) for n in range(5)]
    timestamps = find_timestamps(texts)

    assert timestamps is not None
    assert timestamps.present == pytest.approx([START + n / 10 for n in range(5)])


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["a", "b", "c"],
        [f'{{"ts": {1795000000 - n}}}' for n in range(5)],  # goes back
        [f'{{"id": {n}}}' for n in range(5)],
        ['{"ts": 1795000000}', '{"ts": 1795000001}'],
        ["2026-02-30T00:00:00Z", "2026-02-30T00:00:01Z", "2026-02-30T00:00:02Z"],
        ['{"ok": true}'] * 4,
    ],
)
def test_texts_without_times_have_no_result(texts: list[str]) -> None:
    """Numbers that are no times, too few times, and invalid dates."""
    assert find_timestamps(texts) is None


def test_chunks_without_a_time_are_left_out() -> None:
    """The last event, [DONE], has none."""
    timestamps = find_timestamps(
        [*(f'data: {{"t": {START + n}}}' for n in range(4)), "data: [DONE]"]
    )

    assert timestamps is not None
    assert timestamps.times[-1] is None
    assert len(timestamps.present) == 4


@given(st.lists(st.text()))
def test_no_text_raises_an_error(texts: list[str]) -> None:
    """The search accepts any body."""
    find_timestamps(texts)
