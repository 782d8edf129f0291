"""What there is to say about a probe, in lines of plain text."""

from __future__ import annotations

from streaming_construct.probe import draw
from streaming_construct.probe.diagnosis import Diagnosis
from streaming_construct.probe.probing import Probed


def essence(probed: Probed) -> list[str]:
    """Verdict, cause and what to do."""
    lines = [draw.verdict_line(probed.verdict.value, probed.timeline, probed.chunks)]
    diagnosis = probed.diagnosis
    if probed.cause:
        lines.append(f"why: {probed.cause.meaning} [{probed.cause.id}]")
        if diagnosis.detail:
            lines.append(f"seen: {diagnosis.detail}")
        lines.append(f"fix: {probed.cause.fix}")
    elif probed.response.error:
        lines.append(f"seen: {probed.response.error}")
    return lines


def surroundings(diagnosis: Diagnosis) -> list[str]:
    """Who stood on the way, how the body was framed, and what the times within it tell."""
    lines = [f"on the way: {each.name} ({each.evidence})" for each in diagnosis.waypoints]
    if diagnosis.compression:
        lines.append(f"compressed: {diagnosis.compression}")
    if diagnosis.content_length is not None:
        lines.append(f"not in chunks: Content-Length {diagnosis.content_length}")
    written = [at for _, at in diagnosis.chunk_times if at is not None]
    if written and diagnosis.path_delay is not None:
        lines.append(
            f"written over {max(written) - min(written):.3f} s, by the times within the chunks;"
            f" the slowest needed {diagnosis.path_delay:.3f} s longer to arrive than the fastest"
        )
    return lines
