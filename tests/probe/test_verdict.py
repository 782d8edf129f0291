import pytest

from streaming_construct.probe.timeline import Arrival, Timeline
from streaming_construct.probe.verdict import Verdict, judge, landings


def arriving(*times: float, total: float | None = None) -> Timeline:
    last = times[-1] if times else 0.1
    return Timeline(tuple(Arrival(at, b"x") for at in times), last if total is None else total)


EVEN = tuple(0.1 + 0.2 * n for n in range(8))


def test_a_chunk_at_a_time_is_streamed() -> None:
    """As many arrivals as chunks, spread over the request."""
    assert judge(arriving(*EVEN), 8) is Verdict.STREAMED


def test_two_chunks_that_coalesce_do_not_change_the_verdict() -> None:
    """Seven arrivals of eight chunks still streamed."""
    assert judge(arriving(*EVEN[:3], *EVEN[4:]), 8) is Verdict.STREAMED


def test_an_end_right_behind_the_last_chunk_does_not_change_the_verdict() -> None:
    """A closing chunk comes in the same millisecond as the last one, or in the same read."""
    assert judge(arriving(*EVEN, EVEN[-1] + 0.001), 9) is Verdict.STREAMED
    assert judge(arriving(*EVEN), 9) is Verdict.STREAMED


def test_all_at_the_end_is_one_piece() -> None:
    """Eight chunks in a single arrival were held back."""
    assert judge(arriving(1.5), 8) is Verdict.ONE_PIECE


def test_one_piece_in_many_reads_is_one_piece() -> None:
    """A held-back body that takes several reads within milliseconds did not stream."""
    assert judge(arriving(*(1.5 + 0.001 * n for n in range(8))), 8) is Verdict.ONE_PIECE


def test_one_piece_on_a_slow_machine_is_one_piece() -> None:
    """A reader that pauses for a moment within the one piece does not make it a stream."""
    assert judge(arriving(3.0, 3.05, total=3.06), 8) is Verdict.ONE_PIECE


def test_clumps_are_bursty() -> None:
    """Ten chunks in three landings arrived in bursts."""
    assert judge(arriving(0.5, 1.0, 1.5), 10) is Verdict.BURSTY


def test_clumps_of_many_reads_are_bursty() -> None:
    """Reads in quick succession count as one landing."""
    clumps = [start + 0.001 * n for start in (0.5, 1.0, 1.5) for n in range(4)]

    assert landings(arriving(*clumps), 12) == 3
    assert judge(arriving(*clumps), 12) is Verdict.BURSTY


def test_a_large_chunk_in_several_reads_is_one_landing() -> None:
    """Four chunks, each in three reads, are four landings and no more."""
    reads = [start + 0.002 * n for start in (0.2, 0.4, 0.6, 0.8) for n in range(3)]

    assert landings(arriving(*reads), 4) == 4
    assert judge(arriving(*reads), 4) is Verdict.STREAMED


def test_a_fast_stream_after_a_long_thought_is_streamed() -> None:
    """Tokens every 10 ms for a second, after ten seconds of nothing, are no single piece."""
    assert judge(arriving(*(10 + 0.01 * n for n in range(100))), 100) is Verdict.STREAMED


def test_nothing_is_empty() -> None:
    """No byte, no stream."""
    assert judge(arriving(), 0) is Verdict.EMPTY
    assert judge(arriving()) is Verdict.EMPTY


def test_a_single_chunk_tells_nothing() -> None:
    """One chunk arrives in one piece, however it was sent."""
    assert judge(arriving(1.0), 1) is Verdict.UNTOLD
    assert judge(arriving(1.0)) is Verdict.UNTOLD


def test_two_chunks_in_one_packet_tell_nothing() -> None:
    """Two small writes may share a packet; apart, they streamed."""
    assert judge(arriving(1.0), 2) is Verdict.UNTOLD
    assert judge(arriving(0.5, 1.0), 2) is Verdict.STREAMED


def test_a_request_over_at_once_tells_nothing() -> None:
    """Within 20 ms a stream and a buffered answer look the same."""
    assert judge(arriving(0.004, 0.008, 0.012), 3) is Verdict.UNTOLD


@pytest.mark.parametrize("at", [(1.0, 1.001, 1.002), (0.3, 0.6, 0.9)])
def test_unknown_chunks_are_judged_by_arrivals(at: tuple[float, ...]) -> None:
    """Where the body does not tell its chunks apart, each arrival counts as one."""
    assert judge(arriving(*at)) is (Verdict.ONE_PIECE if at[0] == 1.0 else Verdict.STREAMED)
