"""The command line: each command is there, and needs only what it needs itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*arguments: str, without: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command line in a process that lacks a package."""
    code = (
        "import sys\n"
        f"if {without!r}: sys.modules[{without!r}] = None\n"
        f"sys.argv[1:] = {list(arguments)!r}\n"
        "from streaming_construct.cli import main; main()"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_help_names_every_command() -> None:
    """Also one whose extra is missing, with what to install."""
    help_text = run("--help", without="httptools").stdout

    assert "doctor   Read a deployed REST API" in help_text
    assert "local    (httptools is missing: pip install" in help_text


def test_a_command_does_without_what_another_needs() -> None:
    """Whoever installed one extra has no use for the other."""
    assert run("doctor", "--help", without="httptools").returncode == 0
    assert run("local", "--help", without="boto3").returncode == 0


@pytest.mark.parametrize("arguments", [[], ["--port", "0"], ["--help"], ["a", "b"]])
def test_a_command_without_its_extra_says_what_to_install(arguments: list[str]) -> None:
    """Whatever it is asked for."""
    done = run("local", *arguments, without="httptools")

    assert done.returncode == 2
    assert done.stderr == "httptools is missing: pip install 'streaming-construct[local]'\n"


def test_without_click_there_is_no_command() -> None:
    """Every extra brings it."""
    done = run("doctor", without="click")

    assert done.returncode == 2
    assert done.stderr == "click is missing: pip install 'streaming-construct[local]'\n"


def test_there_is_no_other_command() -> None:
    """A slip of the pen is told as click tells it."""
    done = run("docter")

    assert done.returncode == 2
    assert "No such command 'docter'" in done.stderr
