"""`render_svg`: timelines as one self-contained SVG, for light and dark color schemes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from streaming_construct.probe.diagnosis.verdict import format_verdict_line
from streaming_construct.probe.output.templating import render_template
from streaming_construct.probe.result import ProbeResult

_WIDTH: Final = 960
_LEFT: Final = 20
_LANE_HEIGHT: Final = 132
_AXIS_HEIGHT: Final = 40
_MAX_BAR: Final = 44
_MIN_BAR: Final = 4

Lanes = Sequence[tuple[str, ProbeResult]]


@dataclass(frozen=True)
class _Bar:
    """One arrival. Its length is its share of the largest arrival."""

    x: float
    top: float


@dataclass(frozen=True)
class _Path:
    """A line from the time that a chunk was written to its arrival."""

    written: float
    arrived: float


@dataclass(frozen=True)
class _Tick:
    """A label of the time axis."""

    x: float
    anchor: str
    label: str


@dataclass(frozen=True, kw_only=True)
class _Lane:
    """One probe: labels, and the coordinates of its lines."""

    label: str
    verdict: str
    measures: str
    is_good: bool
    top: int
    ground: int
    tick_bottom: int
    end: float
    paths: list[_Path]
    bars: list[_Bar]


@dataclass(frozen=True, kw_only=True)
class _Chart:
    """The values of the template."""

    description: str
    lanes: list[_Lane]
    ticks: list[_Tick]
    width: int = _WIDTH
    left: int = _LEFT

    @property
    def axis_top(self) -> int:
        return len(self.lanes) * _LANE_HEIGHT

    @property
    def height(self) -> int:
        return self.axis_top + _AXIS_HEIGHT


def render_svg(lanes: Lanes) -> Markup:
    """Draw each probe as a lane below its label, all on the same time axis.

    A bar is an arrival. If chunks have timestamps, a tick above shows when each was written, and a
    line leads from it to the arrival.
    """
    seconds = max((result.timeline.total for _, result in lanes), default=0) or 1.0
    chart = _Chart(
        description=". ".join(f"{label}: {_describe(result)}" for label, result in lanes),
        lanes=[
            _create_lane(number * _LANE_HEIGHT, seconds, label, result)
            for number, (label, result) in enumerate(lanes)
        ],
        ticks=_create_ticks(seconds),
    )
    return render_template("timeline.svg.j2", chart=chart)


def _describe(result: ProbeResult) -> str:
    line = format_verdict_line(result.verdict.value, result.timeline, result.chunks)
    return f"{line}. {result.cause.title}" if result.cause else line


def _compute_x(at: float, seconds: float) -> float:
    return round(_LEFT + at / seconds * (_WIDTH - 2 * _LEFT), 1)


def _create_lane(top: int, seconds: float, label: str, result: ProbeResult) -> _Lane:
    verdict, timeline = result.verdict.value, result.timeline
    line = format_verdict_line(verdict, timeline, result.chunks)
    cause = f" [{result.cause.id}]" if result.cause else ""
    ground = top + _LANE_HEIGHT - 8
    return _Lane(
        label=label,
        verdict=f"{verdict}{cause}",
        measures=line.removeprefix(verdict),
        is_good=result.is_streamed,
        top=top,
        ground=ground,
        tick_bottom=ground - _MAX_BAR - 20,
        end=_compute_x(timeline.total, seconds),
        paths=_create_paths(result, seconds),
        bars=_create_bars(result, seconds, ground),
    )


def _create_paths(result: ProbeResult, seconds: float) -> list[_Path]:
    paths = [
        _Path(_compute_x(written, seconds), _compute_x(at, seconds))
        for at, written in result.diagnosis.chunk_times
        if written is not None
    ]
    return list(dict.fromkeys(paths))


def _create_bars(result: ProbeResult, seconds: float, ground: int) -> list[_Bar]:
    """Return the longest bar at each place."""
    arrivals = result.timeline.arrivals
    largest = max((len(arrival.data) for arrival in arrivals), default=1) or 1
    shares: dict[float, float] = {}
    for arrival in arrivals:
        x = _compute_x(arrival.at, seconds)
        shares[x] = max(shares.get(x, 0), len(arrival.data) / largest)
    length = _MAX_BAR - _MIN_BAR
    return [_Bar(x, round(ground - _MIN_BAR - share * length, 1)) for x, share in shares.items()]


def _create_ticks(seconds: float) -> list[_Tick]:
    anchors = ["start", "middle", "middle", "middle", "middle", "end"]
    times = [seconds * number / 5 for number in range(6)]
    return [
        _Tick(_compute_x(at, seconds), anchor, f"{at:.3g} s")
        for at, anchor in zip(times, anchors, strict=True)
    ]
