"""Probes written down for later: as JSON, as a picture, or as a page with both."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from streaming_construct.probe.http.request import RequestError
from streaming_construct.probe.output.measures import Measures, rows
from streaming_construct.probe.output.svg import escape_xml, render_svg
from streaming_construct.probe.output.text import detail_lines, verdict_lines
from streaming_construct.probe.result import ProbeResult

_PAGE_STYLE: Final = """\
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 1rem 0; }
th, td { text-align: right; padding: .15rem .8rem; border-bottom: 1px solid #8886; }
h1 { font-size: 1.4rem; overflow-wrap: anywhere; }
th:first-child { text-align: left; } caption { text-align: left; font-weight: 600; }"""
_MOST_ROWS: Final = 1000

Lanes = Sequence[tuple[str, ProbeResult]]


def validate_report_paths(files: Sequence[Path]) -> None:
    """Check, before anything is asked, that reports of these names can be written.

    Raises:
        RequestError: One has another suffix than .html, .svg and .json, or no folder to be in.
    """
    for file in files:
        if file.suffix.lower() not in _WRITERS:
            raise RequestError(f"{file} is no report: its name ends in .html, .svg or .json")
        if not file.parent.is_dir():
            raise RequestError(f"{file} cannot be written: there is no folder {file.parent}")


def write_report(file: Path, lanes: Lanes) -> None:
    """Write one report, in the form that the file's name asks for.

    Raises:
        OSError: It cannot be written.
    """
    file.write_text(_WRITERS[file.suffix.lower()](lanes), encoding="utf-8")


def as_json(lanes: Lanes) -> str:
    """Write everything measured; bodies and the request's headers stay out."""
    probes = [{"label": label, **_data(probed)} for label, probed in lanes]
    return json.dumps({"version": 1, "probes": probes}, indent=2) + "\n"


def as_svg(lanes: Lanes) -> str:
    """Draw the picture, as a file of its own."""
    return render_svg(lanes) + "\n"


def as_html(lanes: Lanes) -> str:
    """Write a page: the verdicts, the picture, and the figures as tables."""
    measured = [(label, Measures.of(probed.response)) for label, probed in lanes]
    title = "; ".join(f"{probed.verdict.value}: {probed.url}" for _, probed in lanes[:2])
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape_xml(title)}</title>\n<style>{_PAGE_STYLE}</style>\n</head>\n<body>\n<main>",
            *(line for label, probed in lanes for line in _words(label, probed)),
            render_svg(lanes),
            *_table("Measures", rows(measured)),
            *(line for label, probed in lanes for line in _arrivals(label, probed)),
            "</main>\n</body>\n</html>\n",
        ]
    )


_WRITERS: Final = {".html": as_html, ".svg": as_svg, ".json": as_json}


def _data(probed: ProbeResult) -> dict[str, Any]:
    response, diagnosis = probed.response, probed.diagnosis
    return {
        "url": probed.url,
        "verdict": probed.verdict.value,
        "streamed": probed.streamed,
        "cause": asdict(probed.cause) if probed.cause else None,
        "detail": diagnosis.detail,
        "status": response.status,
        "error": response.error,
        "headers": [
            [name, "***" if name.lower() == "set-cookie" else value]
            for name, value in response.headers
        ],
        "measures": asdict(Measures.of(response)),
        "bytes": response.timeline.size,
        "chunks": diagnosis.chunks,
        "buffer_bytes": diagnosis.buffer_bytes,
        "on_the_way": [asdict(each) for each in diagnosis.waypoints],
        "compression": diagnosis.compression,
        "content_length": diagnosis.content_length,
        "arrivals": [
            {"at": arrival.at, "bytes": len(arrival.data)} for arrival in response.timeline.arrivals
        ],
        "chunk_times": [{"arrived": at, "written": wrote} for at, wrote in diagnosis.chunk_times],
    }


def _words(label: str, probed: ProbeResult) -> list[str]:
    lines = [*verdict_lines(probed), *detail_lines(probed.diagnosis)]
    paragraphs = [f"<p>{escape_xml(line)}</p>" for line in lines]
    return [f"<h1>{escape_xml(probed.verdict.value)}: {escape_xml(label)}</h1>", *paragraphs]


def _arrivals(label: str, probed: ProbeResult) -> list[str]:
    arrivals = probed.timeline.arrivals[:_MOST_ROWS]
    cells = [(f"{each.at:.3f}", str(len(each.data))) for each in arrivals]
    return _table(f"Arrivals: {label}", [("at, seconds", "bytes"), *cells])


def _table(caption: str, table: Sequence[Sequence[str]]) -> list[str]:
    head, *body = table
    return [
        f"<table>\n<caption>{escape_xml(caption)}</caption>\n<thead><tr>",
        *(f'<th scope="col">{escape_xml(cell)}</th>' for cell in head),
        "</tr></thead>\n<tbody>",
        *(f"<tr>{_row(row)}</tr>" for row in body),
        "</tbody>\n</table>",
    ]


def _row(row: Sequence[str]) -> str:
    name, *cells = row
    values = "".join(f"<td>{escape_xml(cell)}</td>" for cell in cells)
    return f'<th scope="row">{escape_xml(name)}</th>{values}'
