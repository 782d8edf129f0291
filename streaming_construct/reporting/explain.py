"""The documentation of one rule, as `--explain` prints it."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from streaming_construct.rules.fix_languages.language import InputLanguage, fix_section
from streaming_construct.rules.reference import render_rule_section
from streaming_construct.rules.registry import RULES_BY_ID
from streaming_construct.rules.rule import Rule


class UnknownRuleError(LookupError):
    """No rule has this id; the message names similar ids."""


def explain(rule_id: str, language: InputLanguage | None = None) -> str:
    """Return the documentation of a rule in Markdown, under a heading.

    Args:
        rule_id: The id of the rule, with or without CDK's prefix `streaming-construct:`.
        language: The language of the fix and of its example. Default: all languages.

    Raises:
        UnknownRuleError: No rule has this id.
    """
    rule = RULES_BY_ID.get(rule_id.removeprefix("streaming-construct:").removeprefix(":"))
    if rule is None:
        similar = get_close_matches(rule_id, RULES_BY_ID, n=3, cutoff=0.5)
        hint = f" Did you mean {' or '.join(similar)}?" if similar else ""
        raise UnknownRuleError(
            f"rule {rule_id} does not exist.{hint} --list-rules prints the ids of all rules."
        )
    if language is not None:
        return render_rule_section(rule, fix=fix_section(rule, language))
    return render_rule_section(rule, fix="\n\n".join([rule.fix, *_format_fixes(rule)]))


def _format_fixes(rule: Rule) -> Iterator[str]:
    for language in InputLanguage:
        section = fix_section(rule, language)
        if section is not None:
            yield f"{language.value}: {section}"
