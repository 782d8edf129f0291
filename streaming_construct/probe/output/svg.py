"""Timelines as a picture: one SVG, complete in itself, for light and dark screens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from streaming_construct.probe.diagnosis.verdict import verdict_line
from streaming_construct.probe.result import ProbeResult

_WIDTH: Final = 960
_LEFT: Final = 20
_LANE: Final = 132
_AXIS: Final = 40
_LONGEST_BAR: Final = 44
# What may not stand in XML at all, whatever it is escaped to.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_STYLE: Final = """\
.probe { --paper: #ffffff; --ink: #1c2430; --faint: #66707f; --good: #0a7d4b; --bad: #b3261e;
  --path: #8a94a3; background: var(--paper); font: 14px system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { .probe { --paper: #14181f; --ink: #e8ecf2;
  --faint: #9aa5b4; --good: #4fd195; --bad: #ff8a80; --path: #6b7686; } }
.probe text { fill: var(--ink); } .probe .faint { fill: var(--faint); font-size: 12px; }
.probe .good { fill: var(--good); font-weight: 600; }
.probe .bad { fill: var(--bad); font-weight: 600; }
.probe line { stroke: var(--ink); } .probe line.axis { stroke: var(--path); }
.probe line.path { stroke: var(--path); stroke-opacity: .6; }
.probe rect.paper { fill: var(--paper); }"""


def render_svg(lanes: Sequence[tuple[str, ProbeResult]]) -> str:
    """Draw each probe as a lane under its label, all on the same axis of time.

    A bar is an arrival, as long as its share of the largest one. Where chunks say when they were
    written, a tick above shows that, and a line leads from it to the arrival.
    """
    seconds = max((probed.timeline.total for _, probed in lanes), default=0) or 1.0
    height = len(lanes) * _LANE + _AXIS
    spoken = ". ".join(f"{label}: {_verdict(probed)}" for label, probed in lanes)
    drawn = [line for n, lane in enumerate(lanes) for line in _draw_lane(n * _LANE, seconds, *lane)]
    start = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="100%"'
        ' class="probe" role="img" aria-labelledby="probe-title probe-description">'
    )
    return "\n".join(
        [
            start,
            '<title id="probe-title">When the pieces of the answer arrived</title>',
            f'<desc id="probe-description">{escape_xml(spoken)}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect class="paper" width="{_WIDTH}" height="{height}"/>',
            *drawn,
            *_axis(len(lanes) * _LANE, seconds),
            "</svg>",
        ]
    )


def escape_xml(text: str) -> str:
    """Escape a text for XML and HTML; characters that neither may have become question marks."""
    return escape(_NOT_XML.sub("?", text))


def _verdict(probed: ProbeResult) -> str:
    line = verdict_line(probed.verdict.value, probed.timeline, probed.chunks)
    return f"{line}. {probed.cause.meaning}" if probed.cause else line


def _x(at: float, seconds: float) -> float:
    return round(_LEFT + at / seconds * (_WIDTH - 2 * _LEFT), 1)


def _draw_lane(top: int, seconds: float, label: str, probed: ProbeResult) -> Iterable[str]:
    timeline = probed.timeline
    kind = "good" if probed.streamed else "bad"
    ground = top + _LANE - 8
    yield f'<text class="faint" x="{_LEFT}" y="{top + 20}">{escape_xml(label)}</text>'
    verdict = probed.verdict.value
    line = verdict_line(verdict, timeline, probed.chunks).removeprefix(verdict)
    why = f" [{probed.cause.id}]" if probed.cause else ""
    verdict = escape_xml(verdict + why)
    yield (
        f'<text x="{_LEFT}" y="{top + 40}"><tspan class="{kind}">{verdict}</tspan>'
        f'<tspan class="faint">{escape_xml(line)}</tspan></text>'
    )
    end = _x(timeline.total, seconds)
    yield f'<line class="axis" x1="{_LEFT}" x2="{end}" y1="{ground}" y2="{ground}"/>'
    ticks = [
        (_x(w, seconds), _x(at, seconds)) for at, w in probed.diagnosis.chunk_times if w is not None
    ]
    high = ground - _LONGEST_BAR - 20
    for left, right in dict.fromkeys(ticks):
        yield f'<line class="path" x1="{left}" x2="{right}" y1="{high}" y2="{ground}"/>'
        yield f'<line x1="{left}" x2="{left}" y1="{high - 5}" y2="{high}"/>'
    for place, share in _bars(probed, seconds).items():
        length = round(4 + share * (_LONGEST_BAR - 4), 1)
        yield (
            f'<line stroke-width="2" x1="{place}" x2="{place}"'
            f' y1="{ground}" y2="{round(ground - length, 1)}"/>'
        )


def _bars(probed: ProbeResult, seconds: float) -> dict[float, float]:
    """The longest bar at each place, as a share of the largest arrival."""
    arrivals = probed.timeline.arrivals
    largest = max((len(arrival.data) for arrival in arrivals), default=1) or 1
    bars: dict[float, float] = {}
    for arrival in arrivals:
        place = _x(arrival.at, seconds)
        bars[place] = max(bars.get(place, 0), len(arrival.data) / largest)
    return bars


def _axis(top: int, seconds: float) -> Iterable[str]:
    for tenth in range(0, 11, 2):
        at = seconds * tenth / 10
        anchor = "start" if tenth == 0 else "end" if tenth == 10 else "middle"
        yield (
            f'<text class="faint" x="{_x(at, seconds)}" y="{top + 18}" text-anchor="{anchor}">'
            f"{at:.3g} s</text>"
        )
