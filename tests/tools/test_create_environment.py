"""The environment of the demo: which installer installs uv, and by which hashes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools.create_environment import CONSTRAINTS, install, list_installers, read_requirement


def write_program(folder: Path, name: str, body: str) -> None:
    """Write a shell script."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    program.chmod(0o755)


def test_a_requirement_is_a_pin_with_all_its_hashes() -> None:
    """Another package whose name starts alike is not part of it."""
    expected = "uv==2 \\\n    --hash=sha256:2 \\\n    --hash=sha256:3\n"
    pins = f"uv-a==1 \\\n    --hash=sha256:1\n{expected}uvloop==4\n"

    assert read_requirement("uv", pins) == expected
    uv = read_requirement("uv", CONSTRAINTS.read_text(encoding="utf-8"))
    assert len(uv.splitlines()) == uv.count("--hash=sha256:") + 1 > 2


def test_uv_on_path_comes_before_the_pip_of_this_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both install into the environment of another Python."""
    write_program(tmp_path, "uv", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("tools.create_environment.find_spec", lambda name: name == "pip")

    uv, pip = list_installers("env/bin/python")

    assert uv == [str(tmp_path / "uv"), "pip", "install", "--python", "env/bin/python"]
    assert pip[:3] == [sys.executable, "-m", "pip"]
    assert pip[-3:] == ["--python", "env/bin/python", "install"]


def test_pip_is_installed_if_no_installer_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A uv that fails is passed over. The environment receives pip, then uv by its hashes."""
    calls = tmp_path / "calls"
    write_program(tmp_path / "path", "uv", "exit 2")
    write_program(tmp_path / "env", "python", f'echo "$*" >> {calls}')
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr("tools.create_environment.find_spec", lambda name: name == "ensurepip")

    install(str(tmp_path / "env" / "python"), "uv.txt")

    ensurepip, pip = calls.read_text(encoding="utf-8").splitlines()
    assert ensurepip == "-m ensurepip"
    assert pip.startswith("-m pip ")
    assert pip.endswith("install --quiet --require-hashes --requirement uv.txt")


def test_the_error_without_any_installer_names_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debian's Python has neither pip nor ensurepip."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("tools.create_environment.find_spec", lambda _: None)

    with pytest.raises(SystemExit, match=r"has neither pip nor ensurepip\. Install pip or uv"):
        install("env/bin/python", "uv.txt")
