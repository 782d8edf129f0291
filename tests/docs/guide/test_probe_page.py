"""docs/probe.md describes every verdict and every option."""

from __future__ import annotations

import re

import click

from streaming_construct.probe.command import probe
from streaming_construct.probe.diagnosis.causes import CAUSE_GROUPS, CAUSES
from streaming_construct.probe.diagnosis.verdict import Verdict
from tests.docs.pages import read_page

PAGE = read_page("probe")


def test_ids_are_unique_and_in_kebab_case() -> None:
    """A link to an id leads to one cause."""
    causes = [cause for group in CAUSE_GROUPS for cause in group.causes]

    assert len(causes) == len(CAUSES)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+|[a-z]+", cause.id) for cause in causes)
    assert all(len(cause.title) <= 60 for cause in causes)


def test_every_verdict_has_a_heading() -> None:
    """`streamed` is the exception: it has no cause."""
    headings = " ".join(re.findall(r"^### (.+)$", PAGE, re.MULTILINE)).lower()
    missing = [verdict for verdict in Verdict if verdict.value not in headings]

    assert missing == [Verdict.STREAMED]
    assert "`streamed` has no cause" in PAGE


def test_every_option_is_documented() -> None:
    """The page names no other option."""
    documented = set(
        re.findall(r"`(--[a-z0-9-]+)", PAGE.partition("## Options")[2].partition("## How")[0])
    )
    options = {
        name
        for option in probe.params
        if isinstance(option, click.Option)
        for name in option.opts
        if name.startswith("--")
    }

    assert documented == options
