"""Reports of probes as files: JSON, SVG and HTML."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from streaming_construct.probe.http.request import RequestError, redact_url
from streaming_construct.probe.output.measures import Measures, format_measure_rows
from streaming_construct.probe.output.svg import Lanes, render_svg
from streaming_construct.probe.output.templating import render_template
from streaming_construct.probe.output.text import format_detail_lines, format_verdict_lines
from streaming_construct.probe.result import ProbeResult

_MAX_ROWS: Final = 1000
# Response headers whose values may be credentials.
_SECRET_HEADERS: Final = frozenset({"set-cookie", "authorization"})


@dataclass(frozen=True)
class _Section:
    """A probe in the HTML report."""

    heading: str
    lines: list[str]


@dataclass(frozen=True)
class _Table:
    """A table in the HTML report. The first cell of a row is its header."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def validate_report_paths(files: Sequence[Path]) -> None:
    """Check before the request is sent that reports with these names can be written.

    Raises:
        RequestError: A suffix is not .html, .svg or .json, or a folder does not exist.
    """
    for file in files:
        if file.suffix.lower() not in _RENDERERS:
            raise RequestError(f"--report {file} has no known format. Use .html, .svg or .json.")
        if not file.parent.is_dir():
            raise RequestError(f"--report {file} has no folder. Create {file.parent} first.")


def write_report(file: Path, lanes: Lanes) -> None:
    """Write one report, in the format of the file's suffix.

    Raises:
        OSError: The file cannot be written.
    """
    file.write_text(_RENDERERS[file.suffix.lower()](lanes), encoding="utf-8")


def render_json(lanes: Lanes) -> str:
    """Render all measurements as JSON, without bodies and without request headers."""
    probes = [{"label": label, **_to_json(result)} for label, result in lanes]
    return json.dumps({"version": 1, "probes": probes}, indent=2) + "\n"


def render_svg_file(lanes: Lanes) -> str:
    """Render the timelines as an SVG file."""
    return f"{render_svg(lanes)}\n"


def render_html(lanes: Lanes) -> str:
    """Render a page with the verdicts, the timelines, and the measurements as tables."""
    measures = [(label, Measures.from_response(result.response)) for label, result in lanes]
    head, *rows = format_measure_rows(measures)
    page = render_template(
        "report.html.j2",
        title="; ".join(f"{result.verdict.value}: {result.url}" for _, result in lanes[:2]),
        sections=[_create_section(label, result) for label, result in lanes],
        timeline=render_svg(lanes),
        tables=[_Table("Measures", head, rows), *(_create_arrival_table(*lane) for lane in lanes)],
    )
    return f"{page}\n"


_RENDERERS: Final = {".html": render_html, ".svg": render_svg_file, ".json": render_json}


def _create_section(label: str, result: ProbeResult) -> _Section:
    lines = [*format_verdict_lines(result), *format_detail_lines(result.diagnosis)]
    return _Section(f"{result.verdict.value}: {label}", lines)


def _create_arrival_table(label: str, result: ProbeResult) -> _Table:
    arrivals = result.timeline.arrivals[:_MAX_ROWS]
    rows = [(f"{arrival.at:.3f}", str(len(arrival.data))) for arrival in arrivals]
    return _Table(f"Arrivals: {label}", ("at, seconds", "bytes"), rows)


def _to_json(result: ProbeResult) -> dict[str, Any]:
    response, diagnosis = result.response, result.diagnosis
    return {
        "url": result.url,
        "verdict": result.verdict.value,
        "is_streamed": result.is_streamed,
        "cause": asdict(result.cause) if result.cause else None,
        "detail": diagnosis.detail,
        "warnings": [asdict(warning) for warning in diagnosis.warnings],
        "status": response.status,
        "error": response.error,
        "headers": [[name, _redact_header(name, value)] for name, value in response.headers],
        "measures": asdict(Measures.from_response(response)),
        "bytes": response.timeline.size,
        "chunks": diagnosis.chunks,
        "buffer_bytes": diagnosis.buffer_bytes,
        "intermediaries": [asdict(intermediary) for intermediary in diagnosis.intermediaries],
        "compression": diagnosis.compression,
        "content_length": diagnosis.content_length,
        "arrivals": [
            {"at": arrival.at, "bytes": len(arrival.data)} for arrival in response.timeline.arrivals
        ],
        "chunk_times": [
            {"arrived": at, "written": written} for at, written in diagnosis.chunk_times
        ],
    }


def _redact_header(name: str, value: str) -> str:
    if name.lower() in _SECRET_HEADERS:
        return "***"
    return redact_url(value) if name.lower() == "location" else value
