"""`InputLanguage`: the language that an author writes, and the fix of a rule in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from enum import Enum
from typing import Final

from streaming_construct.rules.fix_languages.cdk import CDK_FIXES
from streaming_construct.rules.fix_languages.sam import SAM_FIXES
from streaming_construct.rules.fix_languages.terraform import TERRAFORM_FIXES
from streaming_construct.rules.rule import Finding, Rule


class InputLanguage(Enum):
    """The language of an input. The value is its name in the documentation."""

    CLOUDFORMATION = "CloudFormation"
    CDK = "CDK"
    SAM = "SAM"
    TERRAFORM = "Terraform"


FIX_TEXTS: Final[Mapping[InputLanguage, Mapping[Rule, tuple[str, str]]]] = {
    InputLanguage.CDK: CDK_FIXES,
    InputLanguage.SAM: SAM_FIXES,
    InputLanguage.TERRAFORM: TERRAFORM_FIXES,
}
"""The fix and its example by the rule, for each language."""

CODE_LANGUAGES: Final[Mapping[InputLanguage, str]] = {
    InputLanguage.CDK: "python",
    InputLanguage.SAM: "yaml",
    InputLanguage.TERRAFORM: "terraform",
}
"""The language of an example, as Markdown names it."""


def fix_in(rule: Rule, language: InputLanguage) -> str | None:
    """Return the fix of a rule in the words of a language; None if the rule's own words apply."""
    entry = FIX_TEXTS.get(language, {}).get(rule)
    return entry[0] if entry else None


def translate_fixes(language: InputLanguage, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings, each with the fix of its rule in a language if there is one.

    A finding about a role keeps its own fix: that of its rule is about the permissions of a
    function, which a role has not.
    """
    for finding in findings:
        fix = None if finding.subject.kind == "role" else fix_in(finding.rule, language)
        yield finding if fix is None else replace(finding, fix=fix)


def fix_section(rule: Rule, language: InputLanguage) -> str | None:
    """Return the fix and its example as Markdown; None if the rule's own words apply."""
    entry = FIX_TEXTS.get(language, {}).get(rule)
    if entry is None:
        return None
    fix, example = entry
    return f"{fix}\n\n```{CODE_LANGUAGES[language]}\n{example}\n```" if example else fix
