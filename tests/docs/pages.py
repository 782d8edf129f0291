"""The pages of the guide as text: their sections, links and tables."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
# The pages that no test of a feature reads.
UNTESTED_PAGES = (
    "getting-started",
    "choosing-a-setup",
    "patterns",
    "chunk-sizes",
    "timeouts",
    "security",
    "migration",
    "troubleshooting",
    "checklist",
    "misconceptions",
)


def read_page(name: str) -> str:
    """Return the text of a page. Its name has no `.md`."""
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def find_section(text: str, heading: str) -> str:
    """Return the text below a heading of the second level."""
    (_, after_heading) = re.split(rf"^## {re.escape(heading)}\n", text, flags=re.MULTILINE)
    return re.split(r"^## ", after_heading, flags=re.MULTILINE)[0]


def list_table_rows(text: str) -> list[list[str]]:
    """Return the cells of each row of each table, without headings and rules."""
    tables = re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for table in tables
        for line in table.splitlines()[2:]
    ]


def list_links(text: str) -> list[tuple[str, str]]:
    """Return text and target of every link."""
    return re.findall(r"\[([^\]]+)\]\(([^)\s]+)\)", text)
