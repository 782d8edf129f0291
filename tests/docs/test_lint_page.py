"""docs/lint.md is true: its template gets the report that it shows, its tables are read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from streaming_construct.lint.command import lint
from streaming_construct.lint.fixes.registry import FIXES
from streaming_construct.reporting.options import FORMATS
from tests.docs.pages import ROOT, blocks, page, rows, section

PAGE = page("lint")


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page's template, in the working folder."""
    monkeypatch.chdir(tmp_path)
    file = Path("template.yaml")
    file.write_text(blocks(PAGE, "yaml")[0])
    return file


def run(*arguments: str) -> Result:
    return CliRunner().invoke(lint, arguments)


def test_the_template_gets_the_report_that_is_shown(template: Path) -> None:
    """Letter by letter, and nothing else."""
    assert blocks(PAGE, "console")[0] == f"$ streaming-construct lint {template}\n"

    result = run(str(template))

    assert result.exit_code == 1
    # The page breaks lines elsewhere.
    assert result.stdout.split() == blocks(PAGE, "text")[0].split()


def test_the_diff_is_the_one_that_is_shown(template: Path) -> None:
    """Letter by letter; the table has every rule with a fix."""
    assert blocks(PAGE, "console")[1] == f"$ streaming-construct lint {template} --diff\n"
    assert run(str(template), "--diff").stdout == blocks(PAGE, "diff")[0]

    listed = {row[0].strip("`") for row in rows(section(PAGE, "Fix findings"))}
    assert listed == {rule.id for rule in FIXES}


def test_the_metadata_is_read(template: Path) -> None:
    """It suppresses nothing here, which is told."""
    template.write_text(blocks(PAGE, "yaml")[0] + blocks(PAGE, "yaml")[1])

    assert "the suppression of throttling-not-configured" in run(str(template)).stderr


def test_the_table_is_read(template: Path) -> None:
    """The same."""
    Path("pyproject.toml").write_text(blocks(PAGE, "toml")[0])

    assert "the suppression of edge-idle-timeout at Chat/*" in run(str(template)).stderr


def test_every_option_is_told() -> None:
    """And every format."""
    told = set(re.findall(r"`--([a-z-]+)", PAGE))

    assert {name for option in lint.params for name in option.opts if name.startswith("--")} == {
        f"--{name}" for name in told
    }
    assert set(re.findall(r"`--format ([a-z]+)`", PAGE)) == set(FORMATS)


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("template.yaml", True),
        ("infra/chat.template.json", True),
        ("api/openapi.yml", True),
        ("docs/templates/readme.md", False),
        (".github/workflows/ci.yaml", False),
    ],
)
def test_the_hook_takes_templates_and_documents(path: str, *, taken: bool) -> None:
    """It runs the command, and is offered files that the command can read."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())

    assert hook["entry"].split()[:2] == ["streaming-construct", "lint"]
    assert (re.search(hook["files"], path) is not None) is taken
