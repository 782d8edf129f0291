"""Method settings of a stage that apply to no route."""

from __future__ import annotations

from pathlib import Path

import pytest

from streaming_construct.lint.linter import lint_path
from tests.lint.template_variants import BASE, write_variant


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/*", False),
        ("/", True),
        ("/~1chat", False),
        ("/chat", True),
        ("chat", True),
        ("/~1chats", True),
        ("/~1chat/more", True),
    ],
)
def test_an_unescaped_method_setting_is_a_finding(
    path: str, expected: bool, tmp_path: Path
) -> None:
    """It applies to no route, and does not throttle one."""
    limit = {"HttpMethod": "*", "ThrottlingRateLimit": 1, "ThrottlingBurstLimit": 1}
    method_settings = BASE["Resources"]["Stage"]["Properties"]["MethodSettings"]
    settings = {"MethodSettings": [*method_settings, {"ResourcePath": path, **limit}]}

    findings = lint_path(write_variant(tmp_path, Stage={"Properties": settings})).findings
    unmatched = [finding for finding in findings if finding.rule.id == "method-setting-unmatched"]

    pointer = ("Resources", "Stage", "Properties", "MethodSettings", "1")
    assert [finding.location.json_pointer for finding in unmatched] == (
        [pointer] if expected else []
    )


def test_a_method_setting_for_another_method_names_those_of_the_path(tmp_path: Path) -> None:
    """The path is one of the API."""
    setting = {"HttpMethod": "GET", "ResourcePath": "/~1chat", "CachingEnabled": False}
    stage = {"Properties": {"MethodSettings": [setting]}}

    problems = [
        finding.problem for finding in lint_path(write_variant(tmp_path, Stage=stage)).findings
    ]

    name = "the method setting for GET /chat applies to no route"
    assert f"{name}: the API has only POST /chat" in problems
