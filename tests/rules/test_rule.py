"""A rule is declared once. A finding of it is one line of text."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.paths import PATH_INVALID
from streaming_construct.rules.registry import PHASE_TAGS, RULES, TOPICS, collect_rules
from streaming_construct.rules.rule import Rule, Severity


def test_a_finding_is_one_line_of_text() -> None:
    """The id comes last, because it is a reference."""
    finding = PATH_INVALID.at(Subject("route", "GET /a b"), "has a space", fix="Remove it.")

    assert str(finding) == "route GET /a b: has a space. Remove it. [path-invalid]"
    assert finding.rule.severity is Severity.ERROR


def test_the_fix_of_the_rule_is_the_default() -> None:
    """A finding has another fix only to add details."""
    assert PATH_INVALID.at(Subject("API"), "p").fix == PATH_INVALID.fix


def test_a_subject_prints_its_kind_and_name() -> None:
    """A subject without a name is the only one of its kind."""
    assert str(Subject("route", "POST /chat")) == "route POST /chat"
    assert str(Subject("stage")) == "the stage"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_documented(rule: Rule) -> None:
    """It has complete sentences, a source, one topic and its phases."""
    assert len(rule.title) <= 60
    for text in (rule.what, rule.why, rule.fix):
        assert text.endswith(".")
        assert text[0] == "`" or text[0].isupper() or text.startswith("boto3")
    assert rule.source_url.startswith("https://")
    assert len(rule.tags & TOPICS.keys()) == 1
    assert rule.tags - TOPICS.keys() <= set(PHASE_TAGS)
    assert rule.tags & set(PHASE_TAGS)


def test_two_rules_with_one_id_are_an_error() -> None:
    """The import fails, since users name a rule by its id."""
    first, second = ModuleType("one"), ModuleType("other")
    first.A = PATH_INVALID  # type: ignore[attr-defined] # a module made for the test
    second.B = PATH_INVALID  # type: ignore[attr-defined] # the same
    assert collect_rules([first, second]) == (PATH_INVALID,)

    texts = {name: getattr(PATH_INVALID, name) for name in ("title", "what", "why", "fix")}
    second.B = Rule(  # type: ignore[attr-defined] # the same
        id=PATH_INVALID.id,
        severity=Severity.WARNING,
        source_url=PATH_INVALID.source_url,
        tags=PATH_INVALID.tags,
        **texts,
    )
    with pytest.raises(ValueError, match="path-invalid is declared twice"):
        collect_rules([first, second])


def test_the_rules_are_listed_without_aws_cdk() -> None:
    """A command that explains a rule must not start Node.js."""
    code = (
        "import sys, streaming_construct.rules.registry as r; "
        "print(len(r.RULES), 'aws_cdk' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert run.stdout.split() == [str(len(RULES)), "False"]
