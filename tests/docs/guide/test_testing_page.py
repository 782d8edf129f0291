"""The examples of docs/testing.md run, and a failure prints the output on the page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.docs.code_blocks import list_blocks, list_named_blocks
from tests.docs.examples import list_examples, run_example
from tests.docs.pages import ROOT, read_page
from tests.support.streaming_assembly import write_assembly

PAGE = read_page("testing")

# It writes five events at once.
BUFFERED = """\
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  stream = awslambda.HttpResponseStream.from(stream, {
    statusCode: 200,
    headers: { "Content-Type": "text/event-stream" },
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  stream.write("data: x\\n\\n".repeat(5));
  stream.end();
});
"""


PYTEST = ("-m", "pytest", "-q", "-p", "streaming_construct.local.pytest_plugin")
SMALLEST, FIXTURE = list_blocks(PAGE, "python")[:2]
CONTEXT_MANAGER = list_examples("testing")[2]


def run_pytest(folder: Path, **variables: str) -> str:
    """Return what pytest prints in a project. It loads the plugin of this repository alone."""
    environment = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **variables}
    process = subprocess.run(
        [sys.executable, *PYTEST],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return process.stdout + process.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two assemblies: the function in `cdk.out` streams, the one in `buffered`
    does not."""
    folder = tmp_path_factory.mktemp("project")
    write_assembly(folder / "cdk.out")
    write_assembly(folder / "buffered")
    (folder / "buffered" / "asset.node" / "index.js").write_text(BUFFERED)
    return folder


@pytest.fixture(scope="module")
def output(folder: Path) -> str:
    """The output of three examples: the first one, the one with a fixture, and one that must
    fail."""
    with_fixture = FIXTURE + SMALLEST.replace("local_api", "api").replace(
        'api = api("cdk.out")', "pass"
    )
    examples = {
        "test_chat.py": SMALLEST,
        "test_fixture.py": with_fixture,
        "test_buffered.py": SMALLEST.replace("cdk.out", "buffered"),
    }
    for name, code in examples.items():
        (folder / name).write_text(code.replace("/chat", "/node/chat"))
    return run_pytest(folder)


def test_the_first_examples_pass_for_an_endpoint_that_streams(output: str) -> None:
    """One uses `local_api` alone, the other the fixture of the page."""
    assert "1 failed, 2 passed" in output, output
    assert "FAILED test_buffered.py" in output


def test_the_first_example_fails_for_a_buffered_endpoint_as_shown(output: str) -> None:
    """The failure is the one on the page, except for the figures."""

    def without_figures(text: str) -> set[str]:
        return {re.sub(r"[\d.]+", "0", line) for line in text.splitlines()}

    expected = without_figures(list_blocks(PAGE, "text")[0])
    assert expected <= without_figures(output.replace("/node/chat", "/chat")), output


def test_the_context_manager_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It prints the URL with the stage."""
    monkeypatch.chdir(folder)
    run_example(CONTEXT_MANAGER)

    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/prod/chat\n", capsys.readouterr().out)


@pytest.mark.wheel
def test_the_project_with_its_tests_passes(tmp_path: Path) -> None:
    """Its test synthesizes the app, replaces the model with a stub and starts the emulator.

    The requirements are those of this environment, so nothing is installed.
    """
    for name, code in list_named_blocks(PAGE).items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code)
    requirements = (tmp_path / "chat/requirements.txt").read_text().splitlines()[1:]
    constraints = (ROOT / "constraints.txt").read_text().splitlines()
    assert set(requirements) <= {line.removesuffix(" \\") for line in constraints}
    (tmp_path / "chat/requirements.txt").unlink()

    output = run_pytest(tmp_path, CDK_VALIDATION="false")

    assert "1 passed" in output, output


def test_the_workflow_runs_what_the_page_explains() -> None:
    workflow = yaml.safe_load(list_named_blocks(PAGE)[".github/workflows/test.yml"])
    commands = [step["run"] for step in workflow["jobs"]["test"]["steps"] if "run" in step]

    console_blocks = "\n".join(list_blocks(PAGE, "console"))
    assert commands[0] in console_blocks
    assert commands[1] == "pytest"
    assert commands[-1] == "streaming-construct lint --format github"
