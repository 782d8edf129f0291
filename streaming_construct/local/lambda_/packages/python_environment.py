"""Python environments for functions, created for their interpreter from their requirements.

The bundled packages are for Lambda's platform. So the requirements are installed again for this
platform, into a cache that all gateways of the user share.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import re
import shutil
import sys
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from streaming_construct.local.lambda_.packages.install_progress import (
    InstallProgress,
    describe_requirements,
)
from streaming_construct.local.lambda_.packages.installer_process import run_installer
from streaming_construct.packaging import pip_without_builds
from streaming_construct.packaging.dependency_layer import cache_dir
from streaming_construct.packaging.installers import is_missing_wheel_error
from streaming_construct.packaging.requirements import (
    decode_requirements,
    is_editable,
    split_logical_lines,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from streaming_construct.local.lambda_.packages.python_interpreters import Interpreter

_LOCK_POLL_SECONDS: Final = 0.2
_PIP_WITHOUT_BUILDS: Final = str(pip_without_builds.__file__)
_ALLOW: Final = (
    "A build runs code of the package on this machine. If you trust it, pass --allow-builds."
)
_CORRECT: Final = (
    "Correct the requirements or the connection to their index, then start the gateway again."
)
_INCLUDE = re.compile(r"^\s*(?:-[rc]\s*|--(?:requirement|constraint)[\s=]+)(\S+)", re.MULTILINE)


class InstallError(Exception):
    """The requirements could not be installed; the text ends with the installer's output."""


async def create_python_environment(
    requirements: Sequence[Path],
    interpreter: Interpreter,
    progress: InstallProgress,
    *,
    allow_builds: bool = False,
) -> Path:
    """Return the folder with the `python` of an environment with the requirements.

    Made with uv when it is on PATH, else with venv and pip; made once, also when several processes
    ask at the same time. A package without a wheel is built only if `allow_builds` is true: a build
    runs code of the package.

    Raises:
        InstallError: The requirements could not be installed.
        UnicodeDecodeError: A requirements file is neither UTF-8 nor UTF-16.
        OSError: The cache cannot be written.
    """
    environment = cache_dir() / "python" / _build_key(requirements, interpreter)
    done = environment / "complete"
    if done.exists():
        return environment / "bin"
    environment.parent.mkdir(parents=True, exist_ok=True)
    subject = describe_requirements(requirements)
    async with _lock(environment.with_suffix(".lock"), progress.report_wait(subject)):
        if not done.exists():
            shutil.rmtree(environment, ignore_errors=True)
            announcement = f"installing {subject} for this machine (Python {interpreter.version})"
            async with progress.report(subject, announcement):
                await _make(environment, requirements, interpreter, allow_builds=allow_builds)
            done.touch()
    return environment / "bin"


def _build_key(requirements: Sequence[Path], interpreter: Interpreter) -> str:
    interpreter_key = (sys.implementation.cache_tag, sys.version, sys.prefix)
    other = (interpreter.version, str(interpreter.program.resolve()))
    identity = (*(interpreter_key if interpreter.is_host else other), os.uname().machine)
    digest = hashlib.sha256(repr(identity).encode())
    for file in _list_with_included(requirements):
        digest.update(b"\0" + file.read_bytes())
    return digest.hexdigest()[:24]


def _list_with_included(requirements: Sequence[Path]) -> list[Path]:
    """Return the files and those that they include, each once."""
    files = list(requirements)
    for file in files:
        for name in _INCLUDE.findall(decode_requirements(file.read_bytes())):
            included = file.parent / name
            if included.is_file() and included not in files:
                files.append(included)
    return files


async def _make(
    environment: Path,
    requirements: Sequence[Path],
    interpreter: Interpreter,
    *,
    allow_builds: bool,
) -> None:
    python = str(environment / "bin" / "python")
    base = str(interpreter.program)
    files = [part for file in requirements for part in ("-r", str(file))]
    uv = shutil.which("uv")
    if not allow_builds:
        _reject_editable(requirements)
    if uv:
        await _run(uv, "venv", "--python", base, str(environment))
        command = [uv, "pip", "install", "--compile-bytecode", "--python", python]
        await _run(*command, *([] if allow_builds else ["--no-build"]), *files)
    else:
        await _run(base, "-m", "venv", str(environment))
        options = ["install", "--disable-pip-version-check"]
        if allow_builds:
            await _run(python, "-m", "pip", *options, *files)
        else:
            await _run(python, _PIP_WITHOUT_BUILDS, *options, "--only-binary", ":all:", *files)


def _reject_editable(requirements: Sequence[Path]) -> None:
    """Raise `InstallError` for an editable install: uv builds it in spite of `--no-build`."""
    for file in _list_with_included(requirements):
        for number, line in split_logical_lines(decode_requirements(file.read_bytes())):
            if is_editable(line):
                raise InstallError(f"{file}:{number}: {line!r} is built from source. {_ALLOW}")


async def _run(*command: str) -> None:
    status, output = await run_installer(*command)
    if status:
        fix = _ALLOW if is_missing_wheel_error(output) else _CORRECT
        raise InstallError(f"{' '.join(command)} failed:\n{output}\n{fix}")


@asynccontextmanager
async def _lock(path: Path, wait: AbstractContextManager[None]) -> AsyncIterator[None]:
    """Hold a lock between processes; the system releases it when the process ends.

    Enter `wait` while another one holds it.
    """
    with path.open("w") as file:
        if not _try_lock(file):
            with wait:
                while not _try_lock(file):  # noqa: ASYNC110 - another process releases it
                    await asyncio.sleep(_LOCK_POLL_SECONDS)
        yield


def _try_lock(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
