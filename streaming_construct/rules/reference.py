"""The reference of the rules in Markdown, generated from the rules themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Final

from streaming_construct.rules.registry import RULES, TOPICS, get_topic, list_phases
from streaming_construct.rules.rule import Rule

_PHASE_LABELS: Final = {"pre-deploy": "doctor --pre-deploy"}


def render_rule_section(
    rule: Rule, *, example: str | None = None, fix: str | None = None, level: int = 1
) -> str:
    """Return the section of one rule under a heading of `level`.

    `example` is the Markdown of its examples. Default: the section has none. `fix` is the Markdown
    of its fix. Default: the rule's own words.
    """
    heading = "#" * (level + 1)
    parts = [
        f"{'#' * level} {rule.id}",
        f"{rule.title} ({rule.severity.value}, checked by {_format_phases(rule)}).",
        f"{heading} What\n\n{rule.what}",
        f"{heading} Why\n\n{rule.why}",
        *([f"{heading} Example\n\n{example}"] if example else []),
        f"{heading} Fix\n\n{fix or rule.fix}",
        f"{heading} Reference\n\n<{rule.source_url}>",
    ]
    return "\n\n".join(parts) + "\n"


def render_rules_table() -> str:
    """Return a Markdown table of all rules by topic."""
    rows = ["| topic | rule | severity | checked by | title |", "| --- | --- | --- | --- | --- |"]
    for tag, rules in groupby(RULES, key=get_topic):
        heading = TOPICS[tag]
        for rule in rules:
            link, checked_by = f"[`{rule.id}`](#{rule.id})", _format_phases(rule)
            rows.append(
                f"| {heading} | {link} | {rule.severity.value} | {checked_by} | {rule.title} |"
            )
            heading = ""
    return "\n".join(rows) + "\n"


def render_rule_sections(example: Callable[[Rule], str]) -> str:
    """Return the sections of all rules, each topic under its heading."""
    return "\n".join(_render_topics(example))


def render_rules_list() -> str:
    """Return all rules as plain text, one a line: id, severity, phases and title."""
    width = max(len(rule.id) for rule in RULES)
    return "".join(
        f"{rule.id:<{width}}  {rule.severity.value:<7}  {_format_phases(rule)}: {rule.title}\n"
        for rule in RULES
    )


def _render_topics(example: Callable[[Rule], str]) -> Iterator[str]:
    for tag, rules in groupby(RULES, key=get_topic):
        yield f"## {TOPICS[tag]}\n"
        for rule in rules:
            yield render_rule_section(rule, example=example(rule), level=3)


def _format_phases(rule: Rule) -> str:
    return ", ".join(_PHASE_LABELS.get(phase, phase) for phase in list_phases(rule))
