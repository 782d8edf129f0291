"""The verdict from the arrivals of a body."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.probe.diagnosis.verdict import Verdict, judge, measure_bursts
from streaming_construct.probe.http.timeline import Arrival, Timeline


def arriving(*times: float, total: float | None = None) -> Timeline:
    last = times[-1] if times else 0.1
    return Timeline(tuple(Arrival(at, b"x") for at in times), last if total is None else total)


EVEN = tuple(0.1 + 0.2 * n for n in range(8))


def test_one_arrival_for_each_chunk_is_streamed() -> None:
    """The arrivals are spread over the request."""
    assert judge(arriving(*EVEN), 8) is Verdict.STREAMED


def test_two_chunks_that_coalesce_do_not_change_the_verdict() -> None:
    """Seven arrivals of eight chunks still streamed."""
    assert judge(arriving(*EVEN[:3], *EVEN[4:]), 8) is Verdict.STREAMED


def test_an_end_right_behind_the_last_chunk_does_not_change_the_verdict() -> None:
    """A closing chunk arrives in the same millisecond as the last one, or in the same read."""
    assert judge(arriving(*EVEN, EVEN[-1] + 0.001), 9) is Verdict.STREAMED
    assert judge(arriving(*EVEN), 9) is Verdict.STREAMED


def test_all_chunks_at_the_end_are_buffered() -> None:
    """Eight chunks have a single arrival."""
    assert judge(arriving(1.5), 8) is Verdict.BUFFERED


def test_a_buffered_body_in_several_reads_is_buffered() -> None:
    """The reads are within milliseconds."""
    assert judge(arriving(*(1.5 + 0.001 * n for n in range(8))), 8) is Verdict.BUFFERED


def test_a_buffered_body_on_a_slow_machine_is_buffered() -> None:
    """A short pause of the reader does not make it a stream."""
    assert judge(arriving(3.0, 3.05, total=3.06), 8) is Verdict.BUFFERED


def test_chunks_that_arrive_in_bursts_are_bursty() -> None:
    """Ten chunks arrive in three bursts."""
    assert judge(arriving(0.5, 1.0, 1.5), 10) is Verdict.BURSTY


def test_bursts_of_several_reads_are_bursty() -> None:
    """Reads in quick succession count as one burst."""
    clumps = [start + 0.001 * n for start in (0.5, 1.0, 1.5) for n in range(4)]

    assert measure_bursts(arriving(*clumps), 12) == (4, 4, 4)
    assert judge(arriving(*clumps), 12) is Verdict.BURSTY


def test_a_large_chunk_in_several_reads_is_one_burst() -> None:
    """Four chunks, each in three reads, are four bursts."""
    reads = [start + 0.002 * n for start in (0.2, 0.4, 0.6, 0.8) for n in range(3)]

    assert len(measure_bursts(arriving(*reads), 4)) == 4
    assert judge(arriving(*reads), 4) is Verdict.STREAMED


def test_a_fast_stream_after_a_long_wait_is_streamed() -> None:
    """Tokens every 10 ms for a second follow ten seconds without data."""
    assert judge(arriving(*(10 + 0.01 * n for n in range(100))), 100) is Verdict.STREAMED


def test_a_response_without_a_body_is_empty() -> None:
    """No byte, no stream."""
    assert judge(arriving(), 0) is Verdict.EMPTY
    assert judge(arriving()) is Verdict.EMPTY


def test_a_single_chunk_is_inconclusive() -> None:
    """It arrives at once, streamed or not."""
    assert judge(arriving(1.0), 1) is Verdict.INCONCLUSIVE
    assert judge(arriving(1.0)) is Verdict.INCONCLUSIVE


def test_two_chunks_in_one_packet_are_inconclusive() -> None:
    """Two small writes may share a packet. Separately, they streamed."""
    assert judge(arriving(1.0), 2) is Verdict.INCONCLUSIVE
    assert judge(arriving(0.5, 1.0), 2) is Verdict.STREAMED


def test_a_short_request_is_inconclusive() -> None:
    """Within 20 ms a stream and a buffered response look the same."""
    assert judge(arriving(0.004, 0.008, 0.012), 3) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("at", [(1.0, 1.001, 1.002), (0.3, 0.6, 0.9)])
def test_the_verdict_of_unknown_chunks_is_by_arrivals(at: tuple[float, ...]) -> None:
    """Each arrival counts as one chunk."""
    assert judge(arriving(*at)) is (Verdict.BUFFERED if at[0] == 1.0 else Verdict.STREAMED)


SECONDS = st.floats(0, 100)


@given(start=SECONDS, pace=st.floats(0.0001, 30), chunks=st.integers(3, 400), rest=st.floats(0, 1))
def test_a_regular_stream_of_any_rate_is_never_buffered(
    start: float, pace: float, chunks: int, rest: float
) -> None:
    """It is not bursty either, if it lasts long enough."""
    times = tuple(start + pace * number for number in range(chunks))
    verdict = judge(arriving(*times, total=times[-1] + rest), chunks)

    if times[-1] - times[0] >= 0.021:
        assert verdict in (Verdict.STREAMED, Verdict.INCONCLUSIVE)
    if times[-1] - times[0] > 0.06 * (times[-1] + rest) and times[-1] - times[0] >= 0.021:
        assert verdict is Verdict.STREAMED


@given(
    start=SECONDS,
    pace=st.floats(0.05, 5),
    chunks=st.integers(8, 100),
    jitter=st.randoms(use_true_random=False),
)
def test_jitter_of_a_third_of_the_interval_does_not_change_the_verdict(
    start: float, pace: float, chunks: int, jitter: Random
) -> None:
    """Network delays vary."""
    times = [start + pace * (number + jitter.uniform(0, 1 / 3)) for number in range(chunks)]

    assert judge(arriving(*times, total=times[-1] - start + 0.1), chunks) is Verdict.STREAMED


@given(
    start=SECONDS,
    reads=st.lists(st.floats(0, 0.019), min_size=1, max_size=200),
    chunks=st.none() | st.integers(0, 1000),
    rest=SECONDS,
)
def test_a_body_that_arrives_at_once_is_never_streamed(
    start: float, reads: list[float], chunks: int | None, rest: float
) -> None:
    """The number of reads and chunks does not matter."""
    times = sorted(start + read for read in reads)
    verdict = judge(arriving(*times, total=times[-1] + rest), chunks)

    assert verdict in (Verdict.BUFFERED, Verdict.INCONCLUSIVE)


@given(clumps=st.integers(2, 10), size=st.integers(6, 50), pause=st.floats(0.1, 10))
def test_bursts_of_many_chunks_are_never_streamed(clumps: int, size: int, pause: float) -> None:
    """They are bursty, whatever the pause between them."""
    times = tuple(1 + pause * clump for clump in range(clumps))

    assert judge(arriving(*times), clumps * size) is Verdict.BURSTY


def test_many_rows_in_each_read_are_streamed() -> None:
    """Ten thousand rows in a second arrive in many reads over all the time."""
    flow = tuple(1 + 0.004 * number for number in range(250))

    assert judge(arriving(*flow), 10_000) is Verdict.STREAMED


def test_few_chunks_at_once_after_a_long_wait_are_inconclusive() -> None:
    """A reader that paused looks the same."""
    assert judge(arriving(3.0, 3.02, 3.04), 3) is Verdict.INCONCLUSIVE
