"""The page on the rules, `docs/rules.md`, by rule: it is the only place where they are explained.

The wheel carries a copy of the page in this folder; in the repository it is read where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Final

from streaming_construct.rules.finding import Severity

_SHIPPED: Final = Path(__file__).with_name("rules.md")
_WRITTEN: Final = Path(__file__).parents[2] / "docs" / "rules.md"
_HEADING: Final = re.compile(r"^### `([a-z0-9-]+)` \((error|warning)\)\n", re.MULTILINE)
_CODE: Final = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\[([^]]+)\]\((https://[^)]+)\)")


@dataclass(frozen=True, kw_only=True)
class RuleSection:
    """What the page says of one rule, in Markdown."""

    id: str
    severity: Severity
    text: str

    @property
    def prose(self) -> str:
        """The section without its examples, as one paragraph of plain text."""
        return " ".join(_LINK.sub(r"\1", _CODE.sub("", self.text)).split())

    @property
    def summary(self) -> str:
        """What breaks the rule: the section's first paragraph."""
        return " ".join(self.text.strip().partition("\n\n")[0].split())

    @property
    def source(self) -> str:
        """The page that the section rests on: the first that it names."""
        found = _LINK.search(self.text)
        if found is None:
            raise ValueError(f"the section of {self.id} names no source")
        return found[2]


class UnknownRuleError(LookupError):
    """There is no rule of that id; the message names those that are like it."""


@cache
def rule_sections() -> Mapping[str, RuleSection]:
    """Return the section of every rule by its id, in the page's order."""
    page = (_SHIPPED if _SHIPPED.is_file() else _WRITTEN).read_text(encoding="utf-8")
    parts = _HEADING.split(page)[1:]
    return {
        rule: RuleSection(
            id=rule,
            severity=Severity(severity),
            text=re.split(r"^## ", text, flags=re.MULTILINE)[0].strip() + "\n",
        )
        for rule, severity, text in zip(parts[0::3], parts[1::3], parts[2::3], strict=True)
    }


def explain(rule: str) -> str:
    """Return what the page says of a rule, in Markdown, under a heading.

    Raises:
        UnknownRuleError: There is no such rule.
    """
    section = rule_sections().get(rule.removeprefix("streaming-construct:"))
    if section is None:
        like = get_close_matches(rule, rule_sections(), n=3, cutoff=0.5)
        hint = f": did you mean {' or '.join(like)}?" if like else ""
        raise UnknownRuleError(f"there is no rule {rule}{hint}")
    return f"# {section.id} ({section.severity.value})\n\n{section.text}"
