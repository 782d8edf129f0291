"""The Python of a function's own runtime."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from streaming_construct.local.lambda_.packages import python_interpreters
from streaming_construct.local.lambda_.packages.python_interpreters import (
    OWN,
    Interpreter,
    bare_environment,
    find_interpreter,
    missing_message,
)
from tests.support.running_functions import written

# A program that reports a version as Python 9.8 would.
FAKE = "#!/bin/sh\necho 9.8 $0\n"


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A machine with the interpreters of this folder alone."""
    python_interpreters._find.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setattr(python_interpreters, "_uv", lambda: None)
    yield tmp_path
    python_interpreters._find.cache_clear()


def test_the_gateways_own_python_needs_no_search() -> None:
    """Of the same version, and for what names no Python."""
    assert find_interpreter(f"python{OWN.version}") == OWN
    assert find_interpreter("python") == OWN


@pytest.mark.parametrize("place", ["bin", "pyenv/versions/9.8.1/bin"])
def test_an_interpreter_of_that_version_is_found(place: str, machine: Path) -> None:
    """On PATH, and among those of pyenv."""
    written(machine, {f"{place}/python9.8": FAKE})

    program = machine / place / "python9.8"
    assert find_interpreter("python9.8") == Interpreter(program, "9.8")


def test_uv_knows_interpreters_that_it_manages(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a download."""
    written(
        machine,
        {
            "managed/python9.8": FAKE,
            "uv": f'#!/bin/sh\necho "$@" > {machine}/asked\necho {machine}/managed/python9.8\n',
        },
    )
    monkeypatch.setattr(python_interpreters, "_uv", lambda: str(machine / "uv"))

    assert find_interpreter("python9.8").program == machine / "managed/python9.8"
    assert "--no-python-downloads" in (machine / "asked").read_text()


def test_a_shim_that_fails_does_not_count(machine: Path) -> None:
    """pyenv leaves programs on PATH that only print an error."""
    written(machine, {"bin/python9.8": "#!/bin/sh\necho 'command not found' >&2\nexit 127\n"})

    assert find_interpreter("python9.8") == OWN
    assert f"python9.8 is not installed: Python {OWN.version} runs" in missing_message("python9.8")


def test_a_bare_environment_has_no_packages(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither those of the gateway nor those of the interpreter's installation."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(machine / "cache"))
    python = bare_environment(OWN) / "python"
    assert bare_environment(OWN) / "python" == python  # the second time from the cache

    code = "import json, sys; print(json.dumps([sys.prefix, sys.path]))"
    output = subprocess.run(
        [python, "-c", code], capture_output=True, check=True, text=True, env={**os.environ}
    ).stdout
    prefix, path = json.loads(output)

    assert Path(prefix).is_relative_to(machine / "cache")
    packages = [folder for folder in path if "site-packages" in folder]
    assert [Path(folder).is_relative_to(prefix) for folder in packages] == [True]
    assert not set(path) & {p for p in sys.path if "site-packages" in p}
