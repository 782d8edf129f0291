"""`--explain ID` shows a rule's section of the page."""

from __future__ import annotations

import pytest

from streaming_construct.reporting.explain import UnknownRuleError, explain, rule_sections


def test_a_section_is_shown_with_its_examples() -> None:
    """From its heading to the next one, and nothing of the next part of the page."""
    shown = explain("unpinned-requirements")

    assert shown.startswith("# unpinned-requirements (warning)\n\n`requirements.txt` lets")
    assert shown.count("```") % 2 == 0
    assert "## Timeouts" not in shown


def test_the_annotation_s_name_is_the_rule_s() -> None:
    """As `cdk synth` prints it."""
    assert explain("streaming-construct:edge-idle-timeout") == explain("edge-idle-timeout")


def test_an_unknown_rule_is_answered_with_those_like_it() -> None:
    """A slip of the hand is the usual cause."""
    with pytest.raises(UnknownRuleError, match="did you mean edge-idle-timeout"):
        explain("edge-idel-timeout")


@pytest.mark.parametrize("rule", rule_sections())
def test_every_section_has_a_summary_and_a_source(rule: str) -> None:
    """Programs show these beside the id."""
    section = rule_sections()[rule]

    assert section.summary.endswith((".", ":", ".)"))
    assert section.source.startswith("https://")
    assert "```" not in section.prose
