"""The fixes in the language of the input: each belongs to a rule, and its example is valid."""

from __future__ import annotations

import ast
import inspect
import re
from types import ModuleType
from typing import Any

import aws_cdk
import pytest
from aws_cdk import aws_apigateway, aws_iam, aws_lambda

import streaming_construct
from streaming_construct.documents.cloudformation_yaml import parse_yaml
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.permissions import PERMISSION_MISSING
from streaming_construct.rules.fix_languages.language import (
    FIX_TEXTS,
    InputLanguage,
    translate_fixes,
)
from streaming_construct.rules.registry import list_phases

MODULES: tuple[ModuleType, ...] = (
    streaming_construct,
    aws_apigateway,
    aws_lambda,
    aws_iam,
    aws_cdk,
)


def examples(language: InputLanguage) -> list[str]:
    return sorted({example for _, example in FIX_TEXTS[language].values() if example})


def resolve_name(name: str) -> Any:
    """Return the object that a name in an example refers to."""
    return next(getattr(module, name) for module in MODULES if hasattr(module, name))


@pytest.mark.parametrize("language", FIX_TEXTS)
def test_a_finding_about_a_role_keeps_its_own_fix(language: InputLanguage) -> None:
    """The fix of the rule is about the permissions of a function, which a role has not."""
    own = PERMISSION_MISSING.at(Subject("role", "Invoke"), "nothing is allowed", fix="Allow it.")

    assert [finding.fix for finding in translate_fixes(language, [own])] == ["Allow it."]


@pytest.mark.parametrize("language", FIX_TEXTS)
def test_each_fix_is_of_a_rule_that_lint_checks(language: InputLanguage) -> None:
    """Its text differs from that of the rule."""
    for rule, (fix, _) in FIX_TEXTS[language].items():
        assert "lint" in list_phases(rule), rule.id
        assert fix != rule.fix
        assert fix.endswith(".")


@pytest.mark.parametrize("code", examples(InputLanguage.CDK))
def test_examples_for_the_cdk_use_names_and_arguments_that_exist(code: str) -> None:
    """Those of this library, or of the CDK."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id[0].isupper():
                assert hasattr(resolve_name(node.value.id), node.attr)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            parameters = inspect.signature(resolve_name(node.func.id)).parameters
            is_open = any(
                parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()
            )
            for keyword in node.keywords:
                assert is_open or keyword.arg in parameters, (node.func.id, keyword.arg)


@pytest.mark.parametrize("text", examples(InputLanguage.SAM))
def test_examples_for_sam_are_yaml(text: str) -> None:
    """They use the short forms of functions."""
    assert parse_yaml(text, "example")


@pytest.mark.parametrize("text", examples(InputLanguage.TERRAFORM))
def test_examples_for_terraform_are_blocks(text: str) -> None:
    """Every line is an argument, a block, an element or a comment."""
    line = re.compile(r'\s*([\w".-]+( "\w+"){0,2} +(= \S.*|\{)|[\]})]+|"[^"]+",|# \.\.\.)')

    assert [part for part in text.splitlines() if not line.fullmatch(part)] == []
    assert text.count("{") == text.count("}")
