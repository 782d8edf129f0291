"""`--explain ID` prints the documentation of a rule."""

from __future__ import annotations

import pytest

from streaming_construct.reporting.explain import UnknownRuleError, explain
from streaming_construct.rules.fix_languages.language import InputLanguage


def test_a_rule_is_explained_in_sections() -> None:
    """They are those of the page, without the examples."""
    text = explain("unpinned-requirements")

    assert text.startswith("# unpinned-requirements\n\nUnpinned requirements (warning, ")
    assert [
        word for word in ("What", "Why", "Fix", "Reference") if f"\n\n## {word}\n\n" in text
    ] == [
        "What",
        "Why",
        "Fix",
        "Reference",
    ]


def test_the_prefix_of_cdk_is_accepted() -> None:
    """`cdk synth` prints the id with one, in an annotation or in the report of validation."""
    for prefix in ("streaming-construct:", "streaming-construct::"):
        assert explain(f"{prefix}edge-idle-timeout") == explain("edge-idle-timeout")


def test_the_fix_is_shown_in_each_language() -> None:
    """Or in the given one."""
    text = explain("integration-timeout-default")
    terraform = explain("integration-timeout-default", InputLanguage.TERRAFORM)

    for words in ("`timeoutInMillis`", "CDK: Pass `timeout`", "SAM: Set", "Terraform: Set"):
        assert words in text
    assert '```terraform\nresource "aws_api_gateway_integration"' in terraform
    assert "SAM: " not in terraform
    assert "`timeoutInMillis`" not in terraform


def test_an_unknown_rule_gets_similar_ids() -> None:
    """Typing errors are the usual cause."""
    with pytest.raises(UnknownRuleError, match="Did you mean edge-idle-timeout"):
        explain("edge-idel-timeout")
