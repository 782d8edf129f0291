"""The estimated cost of a run, and the prices on its page."""

from __future__ import annotations

import re

from streaming_construct.verify.battery.registry import CASES
from streaming_construct.verify.deployment.estimate import PRICES, estimate_dollars, format_estimate
from tests.docs.pages import ROOT


def test_the_page_has_each_price_with_its_source() -> None:
    page = (ROOT / "docs" / "verify.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\d.]+) \| ([^|]+) \| \[[^]]+\]\((\S+)\) \|$", page, re.MULTILINE)

    assert [(float(price), unit, url) for price, unit, url in rows] == [
        (price.dollars, price.unit, price.source_url) for price in PRICES.values()
    ]


def test_the_estimate_of_all_cases_is_a_few_cents() -> None:
    """Each case counts. The line rounds up."""
    dollars = estimate_dollars(CASES)

    assert 0 < estimate_dollars(CASES[:1]) < dollars < 0.5
    (estimate,) = re.findall(r"at most about (\d\.\d\d) US dollars", format_estimate(CASES))
    assert dollars <= float(estimate) <= dollars + 0.01
