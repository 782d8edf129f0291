"""README.md: its code synthesizes, its commands exist, and it is short."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from sybil import Example

from streaming_construct.cli import Commands
from tests.docs.code_blocks import list_blocks
from tests.docs.examples import list_examples, run_app
from tests.docs.pages import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")

# A command is run here where that is quick; else the test that runs it is named.
TARGETS = ("demo", "test", "local")
HELP = {"streaming-construct local": "local", "streaming-construct doctor --stack Chat": "doctor"}
RUN_BY = {
    "streaming-construct init my-chat": "tests/test_wheel.py",
    "pip install 'streaming-construct[local]'": "tests/test_wheel.py",
    "streaming-construct verify --local": "tests/verify/test_command.py",
    "streaming-construct verify --deploy": "tests/verify/test_command.py",
    "streaming-construct verify --compare verify-report.json": "tests/verify/test_command.py",
    "streaming-construct lint template.yaml": "tests/docs/guide/test_lint_page.py",
    "streaming-construct probe https://abc123.execute-api.eu-west-1.amazonaws.com/prod/chat": (
        "tests/probe/test_command.py"
    ),
}


def commands() -> list[str]:
    lines = [line for block in list_blocks(README, "console") for line in block.splitlines()]
    return [line[2:].split(" #")[0].strip() for line in lines if line.startswith("$ ")]


@pytest.mark.parametrize(
    "example", list_examples("../README"), ids=lambda example: example.parsed.strip()[-24:]
)
def test_each_example_synthesizes_an_api_that_streams(example: Example, tmp_path: Path) -> None:
    """The blocks run unchanged in a folder that has the functions of the sample."""
    (tmp_path / "lambda_src").symlink_to(ROOT / "lambda_src")
    assembly = run_app(example, tmp_path)

    (template,) = (json.loads(file.read_text()) for file in assembly.glob("*.template.json"))
    (api,) = (r for r in template["Resources"].values() if r["Type"] == "AWS::ApiGateway::RestApi")
    root = api["Properties"]["Body"]["paths"]["/"]
    operation = root.get("x-amazon-apigateway-any-method") or root["get"]
    assert operation["x-amazon-apigateway-integration"]["responseTransferMode"] == "STREAM"


def test_each_command_exists() -> None:
    """The test runs the command, or names the test that does."""
    shell_commands = commands()
    targets = [
        command.removeprefix("make ") for command in shell_commands if command.startswith("make ")
    ]
    assert set(targets) == set(TARGETS)
    dry_run = ["make", "--dry-run", *targets]
    subprocess.run(dry_run, cwd=ROOT, check=True, capture_output=True, timeout=60)
    for command in shell_commands:
        if command in HELP:
            result = CliRunner().invoke(Commands("streaming-construct"), [HELP[command], "--help"])
            assert result.exit_code == 0, result.output
        elif not command.startswith("make "):
            assert (ROOT / RUN_BY[command]).is_file()


def test_the_readme_fits_three_screens() -> None:
    """The guide has everything else."""
    assert len(README.splitlines()) <= 130


def test_the_linked_pages_exist() -> None:
    """The test checks every relative link."""
    references = re.findall(r"\]\(([^)#]+)|src=\"([^\"]+)", README)
    links = [link for pair in references for link in pair if link and "://" not in link]

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
