"""docs/testing.md is true: its examples run, and a failure looks as it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import yaml

from tests.docs.pages import ROOT, blocks, files, page
from tests.support.streaming_assembly import write_assembly

PAGE = page("testing")

# Five events, written at once.
HELD_BACK = """\
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


def run(folder: Path, code: str, *command: str) -> str:
    """Run a block of the page, its path that of a function of the assembly."""
    (folder / "test_chat.py").write_text(code.replace("/chat", "/node/chat"))
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr


PYTEST = ("-m", "pytest", "-q", "-p", "streaming_construct.local.pytest_plugin")


def test_the_first_example_passes_for_an_endpoint_that_streams(tmp_path: Path) -> None:
    """As it stands, and with the fixture of one's own."""
    write_assembly(tmp_path / "cdk.out")
    smallest, fixture, *_ = blocks(PAGE, "python")
    own = fixture + smallest.replace("local_api", "api").replace('api = api("cdk.out")', "pass")

    assert "2 passed" in run(tmp_path, smallest + own.replace("the_chat", "mine"), *PYTEST)


def test_the_first_example_fails_for_one_that_does_not_as_shown(tmp_path: Path) -> None:
    """Word for word, but for the figures."""
    write_assembly(tmp_path / "cdk.out")
    (tmp_path / "cdk.out" / "asset.node" / "index.js").write_text(HELD_BACK)
    output = run(tmp_path, blocks(PAGE, "python")[0], *PYTEST).replace("/node/chat", "/chat")

    def figures_apart(text: str) -> list[str]:
        return [re.sub(r"[\d.]+", "0", line) for line in text.splitlines()]

    shown = blocks(PAGE, "text")[0]
    assert set(figures_apart(shown)) <= set(figures_apart(output)), output


def test_the_context_manager_runs(tmp_path: Path) -> None:
    """It prints the URL, stage included."""
    write_assembly(tmp_path / "cdk.out")
    output = run(tmp_path, blocks(PAGE, "python")[2], "test_chat.py")

    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/prod/node/chat\n", output)


def test_the_project_with_its_tests_passes(tmp_path: Path) -> None:
    """Synthesis inside the test, a stubbed model and a table in an emulator, as they stand.

    The requirements are those of this environment, so nothing is installed.
    """
    for name, code in files(PAGE).items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code)
    requirements = (tmp_path / "chat/requirements.txt").read_text().splitlines()[1:]
    constraints = (ROOT / "constraints.txt").read_text().splitlines()
    assert set(requirements) <= {line.removesuffix(" \\") for line in constraints}
    (tmp_path / "chat/requirements.txt").unlink()

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "streaming_construct.local.pytest_plugin"],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "CDK_VALIDATION": "false",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_the_workflow_runs_what_the_page_explains() -> None:
    workflow = yaml.safe_load(files(PAGE)[".github/workflows/test.yml"])
    commands = [step["run"] for step in workflow["jobs"]["test"]["steps"] if "run" in step]

    shown = "\n".join(blocks(PAGE, "console"))
    assert commands[0] in shown
    assert commands[1] == "pytest"
    assert commands[-1] == "streaming-construct lint --format github"
