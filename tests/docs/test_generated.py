"""The generated parts of the documentation are up to date."""

from __future__ import annotations

import pytest

from tools.generate_docs import BEGIN, DOCS, END, GENERATORS, generate


@pytest.mark.parametrize("page", GENERATORS)
def test_a_generated_part_is_up_to_date(page: str) -> None:
    """Run `make generated-docs` if this fails."""
    text = (DOCS / page).read_text(encoding="utf-8")

    assert generate(page, text) == text


@pytest.mark.parametrize("text", ["", f"{BEGIN}\n", f"{BEGIN}{BEGIN}{END}"])
def test_a_page_without_a_single_generated_part_is_an_error(text: str) -> None:
    """The message names the page and the markers."""
    with pytest.raises(ValueError, match=r"docs/probe\.md has no single generated part"):
        generate("probe.md", text)
