"""Build and cache the dependency layer."""

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
from streaming_construct.packaging.code_asset import normalize_modes
from streaming_construct.packaging.installers import (
    UV_DEFAULTS,
    build_docker_command,
    build_pip_command,
    build_uv_command,
    is_missing_wheel_error,
)
from streaming_construct.packaging.requirements import CONSTRAINTS_NAME, NAME, Requirements

if TYPE_CHECKING:
    from streaming_construct.packaging.lambda_target import LambdaTarget


def cache_dir() -> Path:
    """Return the cache folder: `$XDG_CACHE_HOME/streaming-construct`, or that in `~/.cache`.

    A relative path in the variable is ignored, as its specification requires.
    https://specifications.freedesktop.org/basedir/latest/
    """
    home = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (home if home.is_absolute() else Path.home() / ".cache") / "streaming-construct"


# Increment it when this module builds another layer from the same inputs.
_FORMAT: Final = "1"
# Files that depend on the machine or on the installer.
_INSTALLER_FILES: Final = (
    "INSTALLER",
    "REQUESTED",
    "direct_url.json",
    "uv_build.json",
    "uv_cache.json",
)
_DOCKER_TIMEOUT_SECONDS: Final = 10


def compute_layer_hash(requirements: Requirements, target: LambdaTarget) -> str:
    """Return the hash of the inputs of a layer, which is the same on every machine."""
    inputs = (_FORMAT, *target.pip_platforms, requirements.text, requirements.constraints_text)
    return hashlib.sha256("\0".join((target.runtime, *inputs)).encode()).hexdigest()


def list_installed_names(layer: Path) -> list[str]:
    """Return the names of the distributions in a layer, sorted."""
    return sorted(path.name.partition("-")[0] for path in layer.glob("python/*.dist-info"))


def build_layer(requirements: Requirements, target: LambdaTarget) -> Path:
    """Return the folder of the layer with these requirements, and install them on a cache miss.

    Several processes may build the same layer at the same time; the first one fills the cache. An
    installation is announced on standard error, because it can take a minute.

    Raises:
        ValueError: The installation failed. The message contains the output of the installer.
    """
    layer = cache_dir() / "layers" / compute_layer_hash(requirements, target)
    if layer.is_dir():
        return layer
    platform = f"{target.runtime} on {target.architecture}"
    print(
        f"installing {NAME} for {platform}; later runs use the cache", file=sys.stderr, flush=True
    )
    layer.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=layer.parent, prefix=".building-") as name:
        work = Path(name)
        built = work / "layer"
        (built / "python").mkdir(parents=True)
        for folder in (work, built):
            (folder / NAME).write_text(requirements.text, encoding="utf-8", newline="\n")
            if requirements.constraints:
                text = requirements.constraints_text
                (folder / CONSTRAINTS_NAME).write_text(text, encoding="utf-8", newline="\n")
        _install(target, work, built / "python")
        _remove_installer_metadata(built / "python")
        # The hash of the layer leaves bytecode out, because it follows from the sources.
        add_bytecode(built / "python", target, task_root="/opt/python")
        normalize_modes(built)
        try:
            built.rename(layer)
        except OSError:
            if not layer.is_dir():
                raise
    return layer


def _install(target: LambdaTarget, work: Path, folder: Path) -> None:
    tool, command = _choose_installer(target, folder)
    failure = _run(command, work)
    if failure is None:
        return
    problem = f"{tool} could not install {NAME} for {target.runtime} on {target.architecture}"
    if not is_missing_wheel_error(failure):
        raise ValueError(f"{problem}:\n{failure}")
    docker = os.environ.get("CDK_DOCKER", "docker")
    if not _is_docker_running(docker):
        raise ValueError(
            f"{problem}:\n{failure}\nA package without a wheel for this platform is built in "
            f"Docker, but {docker!r} does not respond. Start it, or require a version with a wheel."
        )
    shutil.rmtree(folder)
    folder.mkdir()
    in_docker = build_docker_command(
        target,
        docker=docker,
        work=str(work),
        folder=folder.relative_to(work).as_posix(),
        user=f"{os.getuid()}:{os.getgid()}",
    )
    if docker_failure := _run(in_docker, work):
        raise ValueError(
            f"{problem}:\n{failure}\npip in {target.build_image} failed too:\n{docker_failure}"
        )


def _choose_installer(target: LambdaTarget, folder: Path) -> tuple[str, list[str]]:
    if uv := shutil.which("uv"):
        return "uv", build_uv_command(target, uv=uv, python=sys.executable, folder=str(folder))
    if importlib.util.find_spec("pip"):
        return "pip", build_pip_command(target, python=sys.executable, folder=str(folder))
    raise ValueError(
        f"no installer for {NAME} is available. Put uv on PATH, or install pip into the "
        f"environment of {sys.executable} (python -m ensurepip)."
    )


def _run(command: list[str], work: Path) -> str | None:
    """Run an installer in `work`, and return its output if it failed."""
    # Settings for the developer's environments would install the packages elsewhere.
    overrides = {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
    process = subprocess.run(
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
    return None if process.returncode == 0 else process.stdout.strip()


def _is_docker_running(docker: str) -> bool:
    try:
        process = subprocess.run(
            [docker, "version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_DOCKER_TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return process.returncode == 0


def _remove_installer_metadata(folder: Path) -> None:
    """Remove from `folder` the files that depend on the installer or on the machine."""
    for path in [*folder.rglob("__pycache__"), folder / ".lock"]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    # Console scripts contain the path of the local interpreter; programs from wheels stay.
    for script in (folder / "bin").glob("*"):
        if script.read_bytes().startswith(b"#!"):
            script.unlink()
    if (folder / "bin").is_dir() and not any((folder / "bin").iterdir()):
        (folder / "bin").rmdir()
    for metadata in folder.glob("*.dist-info"):
        for name in _INSTALLER_FILES:
            (metadata / name).unlink(missing_ok=True)
        _rewrite_record(metadata / "RECORD")


def _rewrite_record(record: Path) -> None:
    """Remove missing files from the file list of a distribution, and sort it."""
    if not record.is_file():
        return
    with record.open(encoding="utf-8", newline="") as file:
        rows = sorted(row for row in csv.reader(file) if row and _is_installed(record, row[0]))
    with record.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def _is_installed(record: Path, name: str) -> bool:
    # Installers write different relative paths for `bin`.
    folder = record.parent.parent
    return ".." not in Path(name).parts and (folder / name).exists()
