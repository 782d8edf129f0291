"""The reference of causes in Markdown, generated from `CAUSE_GROUPS`."""

from __future__ import annotations

from streaming_construct.probe.diagnosis.cause import Cause, CauseGroup
from streaming_construct.probe.diagnosis.causes import CAUSE_GROUPS


def format_cause_reference() -> str:
    """Format one section with a table for each group of causes."""
    return "\n\n".join(_render_section(group) for group in CAUSE_GROUPS)


def _render_section(group: CauseGroup) -> str:
    head = ["| id | cause | what to do |", "| --- | --- | --- |"]
    rows = [_render_row(cause) for cause in group.causes]
    return "\n".join([f"### {group.title}", "", group.what, "", *head, *rows])


def _render_row(cause: Cause) -> str:
    source = f" [Source]({cause.source_url})" if cause.source_url else ""
    cells = (
        f"`{cause.id}`",
        f"**{cause.title}.** {cause.what} {cause.why}",
        f"{cause.fix}{source}",
    )
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"
