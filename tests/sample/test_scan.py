"""Template scanners find nothing in the sample for which its app gives no reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.constructs.access.authorized_api import synthesize_several
from tests.docs.guide.test_monitoring_page import synthesize_all_examples

pytestmark = pytest.mark.scan
ROOT = Path(__file__).parents[2]
TEMPLATE = "StreamingSample.template.json"

# Its requirements contradict ours, so that uv runs it from an environment of its own, which it
# keeps in its cache.
CHECKOV = "checkov==3.3.30"
# Synthesizes the sample as it is, then without the reasons that it gives.
NAG = """
import sys
from pathlib import Path

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

import app


def synthesize(folder):
    tree = App(outdir=str(Path(sys.argv[1]) / folder))
    Validations.of(tree).add_plugins(AwsSolutionsChecks())
    app.StreamingSample(tree, "StreamingSample")
    tree.synth()


synthesize("with")
print("without reasons", file=sys.stderr, flush=True)
app.acknowledge_scanner_findings = lambda *_: None
synthesize("without")
"""


def run(*command: str, timeout: float = 120, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command with additional variables."""
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
        done = run(*command, "python", "-c", "", timeout=300)
    except (OSError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"{CHECKOV} cannot be installed: {error}")
    if done.returncode != 0:
        pytest.skip(f"{CHECKOV} cannot be installed: {done.stderr.strip()[-500:]}")
    return [*command, "checkov", "--framework", "cloudformation", "--skip-download"]


def test_cfn_lint_finds_nothing(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It finds nothing in stacks with every authorizer and with the examples of the page on
    monitoring.

    `.cfnlintrc` gives the reason for the one exception.
    """
    monkeypatch.chdir(ROOT)
    templates = {"authorizers": synthesize_several(), "monitoring": synthesize_all_examples()}
    files = [tmp_path / f"{name}.template.json" for name in templates]
    for file, other_template in zip(files, templates.values(), strict=True):
        file.write_text(json.dumps(other_template))

    done = run(str(Path(sys.executable).with_name("cfn-lint")), str(template), *map(str, files))

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_cdk_nag_finds_only_what_the_sample_acknowledges(tmp_path: Path) -> None:
    """Its AwsSolutions pack prints errors and warnings. Without the reasons the app fails."""
    done = run(sys.executable, "-c", NAG, str(tmp_path))
    as_it_is, marker, without_reasons = done.stderr.partition("without reasons\n")

    assert marker, done.stderr
    assert "AwsSolutions" not in as_it_is + done.stdout
    assert done.returncode != 0
    for rule in ("APIG2", "APIG3", "IAM4", "IAM5"):
        assert f"AwsSolutions-{rule}" in without_reasons


def test_checkov_finds_only_what_the_sample_acknowledges(
    checkov: list[str], template: Path, tmp_path: Path
) -> None:
    """The same template without its reasons fails, and it needs each of them."""
    document = json.loads(template.read_text())
    reasons = {
        skipped["id"]
        for resource in document["Resources"].values()
        for skipped in resource.get("Metadata", {}).pop("checkov", {"skip": []})["skip"]
    }
    (tmp_path / "without.template.json").write_text(json.dumps(document))
    files = ("--file", str(template), str(tmp_path / "without.template.json"))

    done = run(*checkov, "--compact", "--quiet", "--output", "json", *files)

    report: dict[str, Any] = json.loads(done.stdout)
    failed = report["results"]["failed_checks"]
    assert reasons
    assert {check["check_id"] for check in failed} == reasons
    assert {Path(check["file_path"]).name for check in failed} == {"without.template.json"}
    assert report["summary"]["parsing_errors"] == 0
    assert report["summary"]["passed"] > 100
