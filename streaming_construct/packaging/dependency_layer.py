"""Where what was installed is kept."""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from streaming_construct.packaging.bytecode import add_bytecode
from streaming_construct.packaging.code_asset import normalise_modes
from streaming_construct.packaging.installers import (
    UV_DEFAULTS,
    docker_command,
    is_missing_wheel_error,
    pip_command,
    uv_command,
)
from streaming_construct.packaging.requirements import CONSTRAINTS_NAME, NAME, Requirements

if TYPE_CHECKING:
    from streaming_construct.packaging.lambda_target import Target


def cache_dir() -> Path:
    """Return where all is kept: `$XDG_CACHE_HOME/streaming-construct`, or in `~/.cache`.

    A relative path in the variable does not count, as its specification has it.
    https://specifications.freedesktop.org/basedir/latest/
    """
    home = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (home if home.is_absolute() else Path.home() / ".cache") / "streaming-construct"


# Changes with what this module makes of the same inputs, never with who installs.
_FORMAT: Final = "1"
# What installers leave behind that tells of this machine or of themselves.
_TRACES: Final = ("INSTALLER", "REQUESTED", "direct_url.json", "uv_build.json", "uv_cache.json")
_DOCKER_ANSWERS_SECONDS: Final = 10


def layer_hash(requirements: Requirements, target: Target) -> str:
    """Return the hash of what a layer is made from: the same on every machine, on every day."""
    inputs = (_FORMAT, *target.pip_platforms, requirements.text, requirements.constraints_text)
    return hashlib.sha256("\0".join((target.runtime, *inputs)).encode()).hexdigest()


def installed_names(layer: Path) -> list[str]:
    """Return the distributions in a layer, sorted, as their metadata folders spell them."""
    return sorted(path.name.partition("-")[0] for path in layer.glob("python/*.dist-info"))


def build_layer(requirements: Requirements, target: Target) -> Path:
    """Return the folder of the layer with these requirements, installing them if it is not kept.

    Safe beside others that build the same layer: whoever is first is kept.

    Raises:
        ValueError: the installation failed; the message has the installer's own words.
    """
    layer = cache_dir() / "layers" / layer_hash(requirements, target)
    if layer.is_dir():
        return layer
    layer.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=layer.parent, prefix=".building-") as name:
        work = Path(name)
        made = work / "layer"
        (made / "python").mkdir(parents=True)
        for folder in (work, made):
            (folder / NAME).write_text(requirements.text, encoding="utf-8", newline="\n")
            if requirements.constraints:
                text = requirements.constraints_text
                (folder / CONSTRAINTS_NAME).write_text(text, encoding="utf-8", newline="\n")
        _install(target, work, made / "python")
        _remove_installer_metadata(made / "python")
        # Not in the layer's hash: it says what the sources say, only sooner.
        add_bytecode(made / "python", target, place="/opt/python")
        normalise_modes(made)
        try:
            made.rename(layer)
        except OSError:
            if not layer.is_dir():
                raise
    return layer


def _install(target: Target, work: Path, folder: Path) -> None:
    tool, command = _installer(target, folder)
    failure = _run(command, work)
    if failure is None:
        return
    what = f"{tool} could not install {NAME} for {target.runtime} on {target.architecture}"
    if not is_missing_wheel_error(failure):
        raise ValueError(f"{what}:\n{failure}")
    docker = os.environ.get("CDK_DOCKER", "docker")
    if not _is_docker_running(docker):
        raise ValueError(
            f"{what}:\n{failure}\na package without a wheel for this platform is built in Docker, "
            f"but {docker!r} does not answer: start it, or require a version that has a wheel"
        )
    shutil.rmtree(folder)
    folder.mkdir()
    in_docker = docker_command(
        target,
        docker=docker,
        work=str(work),
        folder=folder.relative_to(work).as_posix(),
        user=f"{os.getuid()}:{os.getgid()}",
    )
    if built := _run(in_docker, work):
        raise ValueError(f"{what}:\n{failure}\nnor could pip in {target.build_image}:\n{built}")


def _installer(target: Target, folder: Path) -> tuple[str, list[str]]:
    if uv := shutil.which("uv"):
        return "uv", uv_command(target, uv=uv, python=sys.executable, folder=str(folder))
    if importlib.util.find_spec("pip"):
        return "pip", pip_command(target, python=sys.executable, folder=str(folder))
    raise ValueError(
        f"nothing to install {NAME} with: put uv on PATH, or pip into the environment of "
        f"{sys.executable} (python -m ensurepip)"
    )


def _run(command: list[str], work: Path) -> str | None:
    """Run an installer in `work`; return what it said if it failed."""
    # Settings for the developer's own environments would send the packages elsewhere.
    overrides = {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command,
        cwd=work,
        env={**UV_DEFAULTS, **os.environ, **overrides},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    return None if done.returncode == 0 else done.stdout.strip()


def _is_docker_running(docker: str) -> bool:
    try:
        asked = subprocess.run(
            [docker, "version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_DOCKER_ANSWERS_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def _remove_installer_metadata(folder: Path) -> None:
    """Leave in `folder` what every installer makes of the same wheels on every machine."""
    for path in [*folder.rglob("__pycache__"), folder / ".lock"]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    # Console scripts name the interpreter that installed them; programs from wheels stay.
    for script in (folder / "bin").glob("*"):
        if script.read_bytes().startswith(b"#!"):
            script.unlink()
    if (folder / "bin").is_dir() and not any((folder / "bin").iterdir()):
        (folder / "bin").rmdir()
    for metadata in folder.glob("*.dist-info"):
        for name in _TRACES:
            (metadata / name).unlink(missing_ok=True)
        _rewrite_record(metadata / "RECORD")


def _rewrite_record(record: Path) -> None:
    """Let a distribution's list of files name those that are there, in one order."""
    if not record.is_file():
        return
    with record.open(encoding="utf-8", newline="") as file:
        rows = sorted(row for row in csv.reader(file) if row and _is_there(record, row[0]))
    with record.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def _is_there(record: Path, name: str) -> bool:
    # Installers disagree on how deep a `bin` beside the target is.
    folder = record.parent.parent
    return ".." not in Path(name).parts and (folder / name).exists()
