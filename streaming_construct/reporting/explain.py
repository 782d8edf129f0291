"""The documentation of one rule, as `--explain` prints it."""

from __future__ import annotations

from difflib import get_close_matches

from streaming_construct.rules.reference import rule_section
from streaming_construct.rules.registry import RULES_BY_ID


class UnknownRuleError(LookupError):
    """No rule has this id; the message names similar ids."""


def explain(rule_id: str) -> str:
    """Return the documentation of a rule in Markdown, under a heading.

    Args:
        rule_id: The id of the rule, with or without CDK's prefix `streaming-construct:`.

    Raises:
        UnknownRuleError: No rule has this id.
    """
    rule = RULES_BY_ID.get(rule_id.removeprefix("streaming-construct:"))
    if rule is None:
        similar = get_close_matches(rule_id, RULES_BY_ID, n=3, cutoff=0.5)
        hint = f" Did you mean {' or '.join(similar)}?" if similar else ""
        raise UnknownRuleError(f"rule {rule_id} does not exist.{hint}")
    return rule_section(rule)
