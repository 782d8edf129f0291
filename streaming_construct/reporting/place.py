"""The place of a finding in one line."""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.knowledge.finding import Finding
from streaming_construct.knowledge.model import Origin


def place(finding: Finding) -> str:
    """Return what a finding is about, and everything that is known of where that was written."""
    said = finding.where.split()
    known = ", ".join(part for part in _parts(finding.origin) if part not in said)
    return f"{finding.where} ({known})" if known else finding.where


def _parts(origin: Origin) -> Iterator[str]:
    if origin.construct_path:
        yield origin.construct_path
    if origin.logical_id:
        yield origin.logical_id
    if origin.file:
        yield f"{origin.file}:{origin.line}" if origin.line else origin.file
    if origin.arn:
        yield origin.arn
