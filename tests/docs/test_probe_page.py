"""docs/probe.md is true: every cause and option is told, word for word, and its command exists."""

from __future__ import annotations

import re

import click

from streaming_construct.probe.command import probe
from streaming_construct.probe.diagnosis.causes import CAUSES
from streaming_construct.probe.diagnosis.verdict import Verdict
from tests.docs.pages import page

PAGE = page("probe")
CAUSES_AND_VERDICTS = PAGE.partition("## Verdicts and causes")[2]


def test_every_cause_has_its_row_and_every_row_its_cause() -> None:
    """With what it means and what to do, as the command says it."""
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+?) \| (.+) \|$", CAUSES_AND_VERDICTS, re.MULTILINE)

    assert len(rows) == len(CAUSES)
    assert {(c.id, c.meaning, c.fix) for c in CAUSES.values()} == set(rows)


def test_every_verdict_is_told() -> None:
    """In the heading of its causes, or in the sentence on those that have none."""
    headings = " ".join(re.findall(r"^### (.+)$", PAGE, re.MULTILINE)).lower()
    told = f"{headings} {'streamed' if '`streamed` has no cause' in PAGE else ''}"

    assert [verdict.value for verdict in Verdict if verdict.value not in told] == []


def test_every_option_is_told() -> None:
    """In the table, and no other is."""
    told = set(re.findall(r"`(--[a-z0-9-]+)", PAGE.partition("## Options")[2]))
    options = {
        name
        for option in probe.params
        if isinstance(option, click.Option)
        for name in option.opts
        if name.startswith("--")
    }

    assert told == options
