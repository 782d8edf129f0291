"""docs/lint.md shows the report and the diff of its template, and each option and format."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from streaming_construct.lint.command import lint
from streaming_construct.lint.fixes.registry import FIXES
from streaming_construct.reporting.options import FORMATS
from tests.docs.code_blocks import list_blocks
from tests.docs.pages import ROOT, find_section, list_table_rows, read_page

PAGE = read_page("lint")


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The template of the page, in the working folder."""
    monkeypatch.chdir(tmp_path)
    file = Path("template.yaml")
    file.write_text(list_blocks(PAGE, "yaml")[0])
    return file


def run(*arguments: str) -> Result:
    return CliRunner().invoke(lint, arguments)


def test_the_report_on_the_template_is_the_one_on_the_page(template: Path) -> None:
    """The page breaks lines at other places, so the test compares words."""
    assert list_blocks(PAGE, "console")[0] == f"$ streaming-construct lint {template}\n"

    result = run(str(template))

    assert result.exit_code == 1
    assert result.stdout.split() == list_blocks(PAGE, "text")[0].split()


def test_the_diff_is_the_one_on_the_page(template: Path) -> None:
    """The table has every rule with a fix."""
    assert list_blocks(PAGE, "console")[1] == f"$ streaming-construct lint {template} --diff\n"
    assert run(str(template), "--diff").stdout == list_blocks(PAGE, "diff")[0]

    listed = {row[0].strip("`") for row in list_table_rows(find_section(PAGE, "Fix findings"))}
    assert listed == {rule.id for rule in FIXES}


def test_lint_reads_the_metadata_on_the_page(template: Path) -> None:
    """It suppresses nothing in this template, and lint reports that."""
    template.write_text(
        list_blocks(PAGE, "yaml")[0]
        + list_blocks(find_section(PAGE, "Suppress a finding"), "yaml")[0]
    )

    assert "the suppression of throttling-not-configured" in run(str(template)).stderr


def test_lint_reads_the_table_on_the_page(template: Path) -> None:
    """It is the table of pyproject.toml."""
    Path("pyproject.toml").write_text(list_blocks(PAGE, "toml")[0])

    assert "the suppression of edge-idle-timeout at Chat/*" in run(str(template)).stderr


def test_the_page_has_every_option_and_every_format() -> None:
    options = set(re.findall(r"`--([a-z-]+)", PAGE))

    assert {name for option in lint.params for name in option.opts if name.startswith("--")} == {
        f"--{name}" for name in options
    }
    assert set(re.findall(r"`--format ([a-z]+)`", PAGE)) == set(FORMATS)


@pytest.mark.parametrize(
    ("path", "is_checked"),
    [
        ("template.yaml", True),
        ("infra/chat.template.json", True),
        ("api/openapi.yml", True),
        ("docs/templates/readme.md", False),
        (".github/workflows/ci.yaml", False),
    ],
)
def test_the_hook_takes_templates_and_documents(path: str, *, is_checked: bool) -> None:
    """It runs the command, and pre-commit passes it files that the command can read."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())

    assert hook["entry"].split()[:2] == ["streaming-construct", "lint"]
    assert (re.search(hook["files"], path) is not None) is is_checked


def write_program(folder: Path, name: str, script: str) -> None:
    """Write a program in place of one that a GitHub runner has."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def run_step(command: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a runner does, with the programs of the test before those of the machine."""
    programs = tmp_path / "bin"
    write_program(
        programs, "streaming-construct", f'exec {sys.executable} -m streaming_construct "$@"'
    )
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    return subprocess.run(
        ["bash", "-e", "-c", command],
        cwd=tmp_path,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def pre_commit(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pre-commit in a repository with the hook of this project.

    pre-commit would install the package from an index. The hook runs that of the test in its place.
    """
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    installed = {key: value for key, value in hook.items() if key != "additional_dependencies"}
    local = {**installed, "language": "system", "args": list(arguments)}
    configuration = {"repos": [{"repo": "local", "hooks": [local]}]}
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(configuration))
    command = f"{sys.executable} -m pre_commit run --all-files --verbose --color=never"
    return run_step(f"git init -q . && git add . && PRE_COMMIT_HOME=cache {command}", folder)


def test_the_hook_reports_and_fixes(tmp_path: Path) -> None:
    """pre-commit passes the templates to the hook, and reports the files that the hook changed."""
    template = tmp_path / "template.yaml"
    template.write_text(list_blocks(PAGE, "yaml")[0])
    (tmp_path / "other.yaml").write_text("on: push\n")

    failed = pre_commit(tmp_path)
    fixed = pre_commit(tmp_path, "--fix")

    assert [failed.returncode, fixed.returncode] == [1, 1], fixed.stderr
    assert "[transfer-mode-mismatch]" in failed.stdout
    assert "other.yaml" not in failed.stdout
    assert "files were modified by this hook" in fixed.stdout
    assert "2021-11-15" in template.read_text()


def test_the_manifest_is_valid_for_pre_commit() -> None:
    """pre-commit checks `.pre-commit-hooks.yaml` when it installs the hook."""
    from pre_commit.clientlib import load_manifest  # type: ignore[import-untyped] # it has no types

    (hook,) = load_manifest(str(ROOT / ".pre-commit-hooks.yaml"))

    assert hook["name"]


def test_the_workflow_annotates_and_writes_sarif(tmp_path: Path) -> None:
    """Its steps run with an `npx` that writes an assembly and a `pip` that does nothing."""
    workflow = yaml.safe_load(list_blocks(find_section(PAGE, "pre-commit and CI"), "yaml")[0])
    commands = [step["run"] for step in workflow["jobs"]["streaming"]["steps"] if "run" in step]
    assembly = tmp_path / "assembly"
    assembly.mkdir()
    template = yaml.safe_load(list_blocks(PAGE, "yaml")[0])
    artifact = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "Chat.json"}}
    (assembly / "Chat.json").write_text(json.dumps(template))
    (assembly / "manifest.json").write_text(json.dumps({"artifacts": {"Chat": artifact}}))
    write_program(tmp_path / "bin", "pip", "exit 0")
    write_program(tmp_path / "bin", "npx", 'test "$3" = synth && cp -r assembly cdk.out')

    results = [run_step(command, tmp_path) for command in commands]

    assert [result.returncode for result in results] == [0, 0, 1, 1]
    assert "::error file=cdk.out/Chat.json" in results[2].stdout
    log = json.loads((tmp_path / "streaming.sarif").read_text())
    assert log["runs"][0]["results"][0]["ruleId"] == "transfer-mode-mismatch"
