"""Template scanners on the sample: nothing is left that its app does not give a reason for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATE = "StreamingSample.template.json"

# Its requirements contradict ours, so that uv runs it from an environment of its own, which it
# keeps in its cache.
CHECKOV = "checkov==3.3.30"
NAG = """
import sys

from aws_cdk import App, Stack, Validations
from cdk_nag import AwsSolutionsChecks

import app

tree = App(outdir=sys.argv[2])
Validations.of(tree).add_plugins(AwsSolutionsChecks())
if sys.argv[1] == "silent":
    app.acknowledge_scanner_findings = lambda *_: None
app.StreamingSample(tree, "StreamingSample")
tree.synth()
"""


def run(*command: str, timeout: float = 120, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command here, with `more` environment."""
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "CDK_VALIDATION": "false", "PYTHONPATH": str(ROOT), **more},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@pytest.fixture(scope="module")
def template(sample_assembly: Path) -> Path:
    """The template of the sample, as `python app.py` writes it."""
    return sample_assembly / TEMPLATE


@pytest.fixture(scope="module")
def checkov() -> list[str]:
    """The command that runs Checkov; the first time, uv downloads it."""
    uv = str(Path(sys.executable).with_name("uv"))
    command = [uv, "tool", "run", "--quiet", "--python", sys.executable, "--from", CHECKOV]
    try:
        done = run(*command, "checkov", "--version", timeout=300)
    except (OSError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"{CHECKOV} cannot be installed: {error}")
    if done.returncode != 0:
        pytest.skip(f"{CHECKOV} cannot be installed: {done.stderr.strip()[-500:]}")
    return [*command, "checkov", "--framework", "cloudformation", "--skip-download"]


def failed_checks(checkov: list[str], template: Path) -> tuple[dict[str, int], set[str]]:
    """Return the summary, and the ids of the checks that failed."""
    done = run(*checkov, "--compact", "--quiet", "--output", "json", "--file", str(template))
    report: dict[str, Any] = json.loads(done.stdout)
    return report["summary"], {each["check_id"] for each in report["results"]["failed_checks"]}


def test_cfn_lint_finds_nothing(template: Path) -> None:
    """With the one exception that `.cfnlintrc` gives a reason for."""
    done = run(str(Path(sys.executable).with_name("cfn-lint")), str(template))

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_cdk_nag_finds_nothing(tmp_path: Path) -> None:
    """Its AwsSolutions pack, of which an error or a warning would be printed."""
    done = run(sys.executable, "-c", NAG, "as-it-is", str(tmp_path))

    assert (done.returncode, done.stdout) == (0, "")
    assert "AwsSolutions" not in done.stderr


def test_cdk_nag_would_find_what_the_sample_gives_reasons_for(tmp_path: Path) -> None:
    """The same app without its reasons fails, and they are all in use."""
    done = run(sys.executable, "-c", NAG, "silent", str(tmp_path))

    assert done.returncode != 0
    for rule in ("APIG2", "APIG3", "IAM4", "IAM5"):
        assert f"AwsSolutions-{rule}" in done.stdout + done.stderr


def test_checkov_finds_nothing(checkov: list[str], template: Path) -> None:
    """Nothing fails, and something was looked at."""
    summary, failed = failed_checks(checkov, template)

    assert failed == set()
    assert summary["parsing_errors"] == 0
    assert summary["passed"] > 50


def test_checkov_would_find_what_the_sample_gives_reasons_for(
    checkov: list[str], template: Path, tmp_path: Path
) -> None:
    """The same template without its reasons fails, and they are all in use."""
    document = json.loads(template.read_text())
    reasons = {
        skipped["id"]
        for resource in document["Resources"].values()
        for skipped in resource.get("Metadata", {}).pop("checkov", {"skip": []})["skip"]
    }
    (tmp_path / TEMPLATE).write_text(json.dumps(document))

    assert reasons
    assert failed_checks(checkov, tmp_path / TEMPLATE)[1] == reasons
