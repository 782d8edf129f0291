"""Each rule has a bad example that breaks only this rule, and a good one that breaks none."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from streaming_construct.rules.registry import RULES_BY_ID, list_phases
from tests.support.rule_examples import EXAMPLES, lint_example, with_example
from tests.support.wheelhouse import add_wheel, install_from

ROOT: Final = Path(__file__).parents[2]
PREFIX: Final = "streaming-construct:"
COMPANIONS: Final = ("requirements.txt", "index.py")
"""Files of the folder `web` that an example comes with."""


def expected(rule_id: str, quality: str) -> list[str]:
    return [rule_id] if quality == "bad" else []


def test_every_rule_has_examples_and_every_example_a_rule() -> None:
    """They are templates if lint checks the rule, Python for synthesis and the doctor."""
    files = {file.name for file in EXAMPLES.iterdir()} - {
        "base.yaml",
        "base.synth.py",
        "base.deployed.py",
    }
    example_files = {
        f"{rule_id}.{quality}.{suffix}"
        for suffix in ("yaml", "py")
        for rule_id in with_example(suffix)
        for quality in ("bad", "good")
    }

    assert example_files == {file for file in files if not file.endswith(COMPANIONS)}
    assert {*with_example("yaml"), *with_example("py")} == RULES_BY_ID.keys()


def test_the_base_template_breaks_no_rule(tmp_path: Path) -> None:
    """Each bad example then breaks its rule by itself."""
    assert lint_example("base.yaml", tmp_path) == []


@pytest.mark.parametrize("quality", ["bad", "good"])
@pytest.mark.parametrize("rule_id", with_example("yaml"))
def test_a_template_breaks_only_its_rule(rule_id: str, quality: str, tmp_path: Path) -> None:
    """One cause is one finding."""
    findings = lint_example(f"{rule_id}.{quality}.yaml", tmp_path)

    assert findings == expected(rule_id, quality)
    assert "lint" in list_phases(RULES_BY_ID[rule_id])


def names(base: str) -> dict[str, Any]:
    """Return the names that a Python example starts with."""
    namespace: dict[str, Any] = {}
    exec((EXAMPLES / base).read_text(), namespace)
    return namespace


def is_deployed(rule_id: str) -> bool:
    return "synth" not in list_phases(RULES_BY_ID[rule_id])


@pytest.mark.parametrize("quality", ["bad", "good"])
@pytest.mark.parametrize("rule_id", [rule for rule in with_example("py") if is_deployed(rule)])
def test_a_deployed_example_breaks_only_its_rule(rule_id: str, quality: str) -> None:
    """The doctor reads the same facts."""
    scope = names("base.deployed.py")
    exec((EXAMPLES / f"{rule_id}.{quality}.py").read_text(), scope)

    assert [finding.rule.id for finding in scope["findings"]] == expected(rule_id, quality)


@pytest.fixture
def synth_scope(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names that examples of constructs start with, in a folder with their files."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    add_wheel(wheels, "uvicorn", requires=["h11"], scripts={"uvicorn": "uvicorn:main"})
    add_wheel(wheels, "h11")
    install_from(monkeypatch, wheels, tmp_path / "cache")
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "app.py").write_text("app = None\n")
    (tmp_path / "web" / "requirements.txt").write_text("")
    (tmp_path / "lambda_src").symlink_to(ROOT / "lambda_src")
    monkeypatch.chdir(tmp_path)
    return names("base.synth.py")


def ids_in(message: str) -> list[str]:
    """Return the ids at the ends of the lines of an error."""
    return re.findall(r"\[([a-z-]+)\]$", message, re.MULTILINE)


def broken_rules(code: str, scope: dict[str, Any]) -> list[str]:
    """Return the rules that an example breaks: as an error, a warning or at validation."""
    try:
        exec(code, scope)
        assembly = scope["stack"].node.root.synth()
    except (ValueError, RuntimeError) as error:
        if not ids_in(str(error)):
            raise
        return ids_in(str(error))
    return [
        rule_id
        for file in Path(assembly.directory).glob("*.metadata.json")
        for entries in json.loads(file.read_bytes()).values()
        for entry in entries
        if entry["type"] == "aws:cdk:warning"
        for rule_id in re.findall(rf"\[ack: {PREFIX}([a-z-]+)\]", str(entry["data"]))
    ]


@pytest.mark.parametrize("quality", ["bad", "good"])
@pytest.mark.parametrize("rule_id", [rule for rule in with_example("py") if not is_deployed(rule)])
def test_a_construct_breaks_only_its_rule(
    rule_id: str, quality: str, synth_scope: dict[str, Any]
) -> None:
    """The smallest example of each rule at synthesis."""
    for name in COMPANIONS:
        companion = EXAMPLES / f"{rule_id}.{quality}.{name}"
        if companion.is_file():
            Path("web", name).write_text(companion.read_text())

    code = (EXAMPLES / f"{rule_id}.{quality}.py").read_text()
    assert broken_rules(code, synth_scope) == expected(rule_id, quality)
