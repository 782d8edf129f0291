"""The table of the rules that synth or `lint` alone checks, for `docs/lint.md`."""

from __future__ import annotations

from streaming_construct.rules.parity import NOT_AT_SYNTH, NOT_IN_LINT
from streaming_construct.rules.registry import RULES, list_phases


def format_parity() -> str:
    """Return a Markdown table: each rule that is checked by only one of both, and the reason."""
    rows = ["| rule | synth | lint | reason |", "| --- | --- | --- | --- |"]
    for rule in sorted(RULES, key=lambda rule: rule.id):
        reason = NOT_AT_SYNTH.get(rule.id) or NOT_IN_LINT.get(rule.id)
        if reason is not None:
            checked = ("yes" if phase in list_phases(rule) else "no" for phase in ("synth", "lint"))
            rows.append(f"| [`{rule.id}`](rules.md#{rule.id}) | {' | '.join(checked)} | {reason} |")
    return "\n".join(rows)
