"""`docs/rules.md` tells of every rule there is, and its examples do what they say."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Stack

import streaming_construct
from streaming_construct.documents.document import read_document
from streaming_construct.lint.linter import lint_path
from streaming_construct.reporting.report import build_report
from tests.support.wheelhouse import add_wheel, install_from

PACKAGE = Path(streaming_construct.__file__).parent
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "rules.md").read_text()
PREFIX = "streaming-construct:"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Section:
    """What the page says of one rule."""

    severity: str
    text: str

    def blocks(self, language: str) -> list[str]:
        return [code for found, code in BLOCK.findall(self.text) if found == language]


def sections() -> dict[str, Section]:
    """Return the section of each rule, by id."""
    parts = re.split(r"^### `([a-z0-9-]+)` \((error|warning)\)\n", PAGE, flags=re.MULTILINE)[1:]
    texts = [re.split(r"^## ", text, flags=re.MULTILINE)[0] for text in parts[2::3]]
    found = list(zip(parts[0::3], parts[1::3], texts, strict=True))
    assert len({rule for rule, _, _ in found}) == len(found), "a rule has two sections"
    return {rule: Section(severity, text) for rule, severity, text in found}


SECTIONS = sections()


def rules_in_code() -> dict[str, str]:
    """Return the severity of each rule by its id, as the code has them.

    An id is the first argument of `error(...)` or `warning(...)`, or a text of its own that starts
    with the prefix of our annotations.
    """
    found: dict[str, str] = {}
    for folder in ("knowledge", "constructs"):
        for file in sorted((PACKAGE / folder).rglob("*.py")):
            for rule, severity in _rules_of(ast.parse(file.read_text())):
                assert found.setdefault(rule, severity) == severity, f"{rule} has two severities"
    return found


def _rules_of(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(module):
        match node:
            case ast.Call(func=ast.Name(id="error" | "warning" as severity), args=[first, *_]):
                assert isinstance(first, ast.Constant), f"an id that is not written out: {first}"
                yield str(first.value), severity
            case ast.Constant(value=str(text)) if text.removeprefix(PREFIX) not in ("", text):
                yield text.removeprefix(PREFIX), "warning"


def test_every_rule_has_a_section_and_every_section_a_rule() -> None:
    """With the severity that the code gives it."""
    told = {rule: section.severity for rule, section in SECTIONS.items()}

    assert told == rules_in_code()


def test_the_table_at_the_top_has_every_rule_once_with_its_section() -> None:
    """With its severity, and who finds it: synth where the section has Python, else a command."""
    rows = re.findall(
        r"^\|[^|]*\| \[`([a-z-]+)`\]\(#([a-z-]+)\) \| (\w+) \| (.+) \|$", PAGE, re.MULTILINE
    )
    found_at = {rule: places.split(", ") for rule, _, _, places in rows}
    only_deployed = {
        rule
        for file in (PACKAGE / "knowledge" / "rules" / "deployed").rglob("*.py")
        for rule, _ in _rules_of(ast.parse(file.read_text()))
    }

    assert len(found_at) == len(rows)
    assert {rule: severity for rule, _, severity, _ in rows} == rules_in_code()
    assert all(anchor == f"{rule}-{severity}" for rule, anchor, severity, _ in rows)
    for rule, section in SECTIONS.items():
        at_synth = bool(section.blocks("python")) and rule not in only_deployed
        assert ("synth" in found_at[rule]) is at_synth, rule
        if section.blocks("yaml"):
            assert "lint" in found_at[rule], rule


@pytest.mark.parametrize("rule", SECTIONS)
def test_a_section_says_why_and_what_to_do(rule: str) -> None:
    """And gives a source."""
    text = " ".join(SECTIONS[rule].text.split())

    assert "Why: " in text
    assert "What to do: " in text
    assert "](https://" in text
    assert SECTIONS[rule].blocks("python") or SECTIONS[rule].blocks("yaml")


@pytest.fixture
def names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names that the page's examples start from, in a folder with what they refer to."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    add_wheel(wheels, "uvicorn", requires=["h11"], scripts={"uvicorn": "uvicorn:main"})
    add_wheel(wheels, "h11")
    install_from(monkeypatch, wheels, tmp_path / "cache")
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "app.py").write_text("app = None\n")
    (tmp_path / "lambda_src").symlink_to(ROOT / "lambda_src")
    monkeypatch.chdir(tmp_path)
    found: dict[str, Any] = {}
    for start in ("\nstack = Stack(", "import LoggedRequest"):
        exec(next(code for _, code in BLOCK.findall(PAGE) if start in code), found)
    return found


def broken_rules(code: str, requirements: str, names: dict[str, Any]) -> list[str]:
    """Run an example and return the rules that it breaks.

    An example of what is deployed says so itself: its findings are `found`.
    """
    Path("web", "requirements.txt").write_text(requirements)
    try:
        exec(code, names)
    except ValueError as refused:
        return rules_named(str(refused))
    if "found" in names:
        return [finding.id for finding in names["found"]]
    return warnings_below(names["stack"]) + failures_below(names["stack"])


def rules_named(message: str) -> list[str]:
    """Return the ids at the end of the lines of an error."""
    return re.findall(r"\[([a-z-]+)\]$", message, re.MULTILINE)


def failures_below(stack: Stack) -> list[str]:
    """Return the ids of what would fail the synthesis of `stack`."""
    return [
        rule
        for construct in stack.node.find_all()
        for problem in construct.node.validate()
        for rule in rules_named(problem)
    ]


def warnings_below(stack: Stack) -> list[str]:
    """Return the ids of the annotations in `stack`."""
    return [
        rule
        for construct in stack.node.find_all()
        for entry in construct.node.metadata
        if entry.type == "aws:cdk:warning"
        for rule in re.findall(rf"\[ack: {PREFIX}([a-z-]+)\]", str(entry.data))
    ]


@pytest.mark.parametrize("rule", [rule for rule in SECTIONS if SECTIONS[rule].blocks("python")])
@pytest.mark.parametrize("example", ["broken", "sound"])
def test_the_first_example_breaks_the_rule_and_the_second_breaks_none(
    rule: str, example: str, names: dict[str, Any]
) -> None:
    """The smallest of each: no other rule is broken on the way."""
    codes = SECTIONS[rule].blocks("python")
    assert len(codes) == 2
    which = ["broken", "sound"].index(example)
    requirements = SECTIONS[rule].blocks("text") or ["", ""]

    assert broken_rules(codes[which], requirements[which], names) == [rule][: 1 - which]


def merged(template: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Return `template` with `change` merged into it; None takes a key out."""
    result = dict(template)
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


@pytest.fixture
def template(tmp_path: Path) -> dict[str, Any]:
    """The template that the page's templates are merged into, in a folder with what it names."""
    for folder, mode, text in (
        ("web", 0o755, b"#!/bin/bash\nexec python app.py\n"),
        ("web-plain", 0o644, b"#!/bin/bash\nexec python app.py\n"),
        ("web-crlf", 0o755, b"#!/bin/bash\r\nexec python app.py\r\n"),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "run.sh").write_bytes(text)
        (tmp_path / folder / "run.sh").chmod(mode)
    start = next(code for language, code in BLOCK.findall(PAGE) if language == "yaml")
    return parsed(start, tmp_path)


def parsed(text: str, folder: Path) -> dict[str, Any]:
    file = folder / "example.yaml"
    file.write_text(text)
    return dict(read_document(file).data)


def linted(template: dict[str, Any], folder: Path) -> list[str]:
    """Return the rules that a template breaks, as the command would report them."""
    file = folder / "template.json"
    file.write_text(json.dumps(template))
    judgement = lint_path(file)
    return [each.id for each in build_report(judgement.findings, judgement.suppressions).findings]


def test_the_template_to_start_from_is_sound(template: dict[str, Any], tmp_path: Path) -> None:
    """So that what an example breaks, it breaks itself."""
    assert linted(template, tmp_path) == []


@pytest.mark.parametrize("rule", [rule for rule in SECTIONS if SECTIONS[rule].blocks("yaml")])
@pytest.mark.parametrize("example", ["broken", "sound"])
def test_the_first_template_breaks_the_rule_and_the_second_breaks_none(
    rule: str, example: str, template: dict[str, Any], tmp_path: Path
) -> None:
    """And no other on the way: one cause is told once."""
    codes = SECTIONS[rule].blocks("yaml")
    assert len(codes) == 2
    which = ["broken", "sound"].index(example)
    change = parsed(codes[which], tmp_path)
    template = change if "Transform" in change else merged(template, change)

    assert linted(template, tmp_path) == [rule][: 1 - which]


def test_a_warning_is_acknowledged_as_the_page_says(names: dict[str, Any]) -> None:
    """By its id, with a reason."""
    acknowledge = next(code for _, code in BLOCK.findall(PAGE) if "acknowledge_warning" in code)
    names["api"] = names["StreamingRestApi"](
        names["stack"], "Api", handler=names["chat"], endpoint_type=names["EndpointType"].EDGE
    )
    assert warnings_below(names["stack"]) == ["edge-idle-timeout"]

    exec(acknowledge, names)

    assert warnings_below(names["stack"]) == []
