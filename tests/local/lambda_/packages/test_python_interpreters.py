"""The Python interpreter of the runtime of a function."""

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
    HOST_INTERPRETER,
    Interpreter,
    create_bare_environment,
    find_interpreter,
    format_missing_message,
)
from tests.support.running_functions import write_files

# A program that reports a version as Python 9.8 would.
FAKE = "#!/bin/sh\necho 9.8 $0\n"


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A machine that has only the interpreters of this folder."""
    python_interpreters._find.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setattr(python_interpreters, "_find_uv", lambda: None)
    yield tmp_path
    python_interpreters._find.cache_clear()


def test_the_python_of_the_gateway_is_used_if_it_fits() -> None:
    """It has the same version, or the function names no version."""
    assert find_interpreter(f"python{HOST_INTERPRETER.version}") == HOST_INTERPRETER
    assert find_interpreter("python") == HOST_INTERPRETER


@pytest.mark.parametrize("place", ["bin", "pyenv/versions/9.8.1/bin"])
def test_an_interpreter_of_that_version_is_found(place: str, machine: Path) -> None:
    """The search covers PATH and the versions of pyenv."""
    write_files(machine, {f"{place}/python9.8": FAKE})

    program = machine / place / "python9.8"
    assert find_interpreter("python9.8") == Interpreter(program, "9.8")


def test_interpreters_of_uv_are_found(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is downloaded."""
    write_files(
        machine,
        {
            "managed/python9.8": FAKE,
            "uv": f'#!/bin/sh\necho "$@" > {machine}/asked\necho {machine}/managed/python9.8\n',
        },
    )
    monkeypatch.setattr(python_interpreters, "_find_uv", lambda: str(machine / "uv"))

    assert find_interpreter("python9.8").program == machine / "managed/python9.8"
    assert "--no-python-downloads" in (machine / "asked").read_text()


def test_a_shim_that_fails_is_ignored(machine: Path) -> None:
    """pyenv leaves programs on PATH that only print an error."""
    write_files(machine, {"bin/python9.8": "#!/bin/sh\necho 'command not found' >&2\nexit 127\n"})

    assert find_interpreter("python9.8") == HOST_INTERPRETER
    assert (
        f"python9.8 is not installed: Python {HOST_INTERPRETER.version} runs"
        in format_missing_message("python9.8")
    )


def test_a_bare_environment_has_no_packages(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has neither those of the gateway nor those of the interpreter's installation."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(machine / "cache"))
    python = create_bare_environment(HOST_INTERPRETER) / "python"
    assert (
        create_bare_environment(HOST_INTERPRETER) / "python" == python
    )  # the second time from the cache

    code = "import json, sys; print(json.dumps([sys.prefix, sys.path]))"
    output = subprocess.run(
        [python, "-c", code], capture_output=True, check=True, text=True, env={**os.environ}
    ).stdout
    prefix, path = json.loads(output)

    assert Path(prefix).is_relative_to(machine / "cache")
    packages = [folder for folder in path if "site-packages" in folder]
    assert [Path(folder).is_relative_to(prefix) for folder in packages] == [True]
    assert not set(path) & {p for p in sys.path if "site-packages" in p}
