"""Each case names a claim of a page, and its source unless the behavior is unknown."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from streaming_construct.verify.battery.registry import CASES
from streaming_construct.verify.case import Case, Knowledge
from streaming_construct.verify.command import select_cases

DOCS = Path(__file__).parents[3] / "docs"


def anchors(page: str) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub and the guide write them."""
    headings = re.findall(r"^#+ (.+)$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading.lower().replace("`", "")).strip().replace(" ", "-")
        for heading in headings
    }


def test_there_are_at_least_the_documented_number_of_cases() -> None:
    assert len(CASES) >= 250
    assert len({case.theme for case in CASES}) >= 14


def test_ids_are_unique_and_lowercase() -> None:
    counts = Counter(case.id for case in CASES)
    assert [case_id for case_id, count in counts.items() if count > 1] == []
    assert all(re.fullmatch(r"[a-z][a-z0-9.-]+", case.id) for case in CASES)


def test_each_page_has_the_section_of_the_claim() -> None:
    pages = {case.page for case in CASES}
    page_names = {page.partition("#")[0] for page in pages}
    existing = {f"{page}#{anchor}" for page in page_names for anchor in anchors(page)}
    assert pages - existing == set()


def test_a_claim_is_a_sentence_with_a_source_and_expectations() -> None:
    assert [case.id for case in CASES if not is_complete(case)] == []


def is_complete(case: Case) -> bool:
    """Return whether a case has all expectations. Only unknown behavior has no source."""
    is_known = case.knowledge is not Knowledge.UNKNOWN
    has_source = re.fullmatch(r"https://\S+", case.source_url or "") is not None
    is_sentence = re.fullmatch(r"[A-Z`\d].+\.", case.claim) is not None
    return bool(is_sentence and case.expected and case.requests and (has_source or not is_known))


def test_themes_are_not_interleaved() -> None:
    themes = [case.theme for case in CASES]
    starts = [
        theme for number, theme in enumerate(themes) if number == 0 or themes[number - 1] != theme
    ]
    assert len(starts) == len(set(starts))


def test_optional_cases_run_only_by_name() -> None:
    optional = [case for case in CASES if case.is_optional]
    assert optional
    assert not any(case.is_optional for case in select_cases([]))
    assert select_cases([optional[0].id]) == (optional[0],)
