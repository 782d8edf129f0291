"""The pages of the guide as text: their blocks of code, links and tables."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
# Those that no test of a feature reads.
OWN = (
    "start",
    "choose",
    "patterns",
    "chunks",
    "timeouts",
    "security",
    "migration",
    "troubleshooting",
    "checklist",
    "corrections",
)


def page(name: str) -> str:
    """Return a page by its name without `.md`."""
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """Return what stands below a heading of the second level."""
    (_, found) = re.split(rf"^## {re.escape(heading)}\n", text, flags=re.MULTILINE)
    return re.split(r"^## ", found, flags=re.MULTILINE)[0]


def blocks(text: str, language: str) -> list[str]:
    """Return the blocks of code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def files(text: str) -> dict[str, str]:
    """Return the blocks that begin with a file's name, by that; the last one of a name."""
    found = re.findall(r"^```\w+\n(# (\S+)\n.*?)^```", text, re.DOTALL | re.MULTILINE)
    return {name: code for code, name in found}


def rows(text: str) -> list[list[str]]:
    """Return the cells of every row of every table, headings and rules left out."""
    tables = re.findall(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for table in tables
        for line in table.splitlines()[2:]
    ]


def links(text: str) -> list[tuple[str, str]]:
    """Return text and target of every link."""
    return re.findall(r"\[([^\]]+)\]\(([^)\s]+)\)", text)
