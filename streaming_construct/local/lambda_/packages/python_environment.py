"""Python environments for functions, made for this interpreter from their requirements.

What was bundled for Lambda is built for another platform, so the requirements are installed anew,
once, into a cache shared by everything this user runs.
"""

from __future__ import annotations

import asyncio
import codecs
import fcntl
import hashlib
import os
import re
import shutil
import sys
from asyncio.subprocess import PIPE, STDOUT
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from streaming_construct.packaging.dependency_layer import cache_dir
from streaming_construct.packaging.installers import UV_DEFAULTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

_LOCK_POLL_SECONDS: Final = 0.2
_INCLUDE = re.compile(r"^\s*(?:-[rc]\s*|--(?:requirement|constraint)[\s=]+)(\S+)", re.MULTILINE)


class InstallError(Exception):
    """The requirements could not be installed; the text ends with the installer's output."""


async def python_environment(requirements: Sequence[Path], console: Callable[[str], None]) -> Path:
    """The folder with the `python` of an environment that holds the requirements.

    Made with uv when it is on PATH, else with venv and pip; made once, also when several processes
    ask at the same time.

    Raises:
        InstallError: they could not be installed.
        OSError: the cache cannot be written.
    """
    environment = cache_dir() / "python" / _key(requirements)
    done = environment / "complete"
    if done.exists():
        return environment / "bin"
    environment.parent.mkdir(parents=True, exist_ok=True)
    async with _locked(environment.with_suffix(".lock")):
        if not done.exists():
            listed = " and ".join(map(str, requirements))
            console(f"installing {listed} for {sys.executable} into {environment}")
            shutil.rmtree(environment, ignore_errors=True)
            await _make(environment, requirements)
            done.touch()
    return environment / "bin"


def _key(requirements: Sequence[Path]) -> str:
    interpreter = (sys.implementation.cache_tag, sys.version, sys.prefix, os.uname().machine)
    digest = hashlib.sha256(repr(interpreter).encode())
    for file in _with_included(requirements):
        digest.update(b"\0" + file.read_bytes())
    return digest.hexdigest()[:24]


def _with_included(requirements: Sequence[Path]) -> list[Path]:
    """The files and those they include, each once."""
    files = list(requirements)
    for file in files:
        for name in _INCLUDE.findall(_text(file.read_bytes())):
            included = file.parent / name
            if included.is_file() and included not in files:
                files.append(included)
    return files


def _text(data: bytes) -> str:
    """Decode a requirements file: UTF-16 with a byte order mark, as PowerShell writes, or UTF-8."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    return data.decode("utf-8-sig", errors="replace")


async def _make(environment: Path, requirements: Sequence[Path]) -> None:
    python = environment / "bin" / "python"
    listed = [part for file in requirements for part in ("-r", str(file))]
    if uv := shutil.which("uv"):
        await _run(uv, "venv", "--python", sys.executable, str(environment))
        await _run(uv, "pip", "install", "--compile-bytecode", "--python", str(python), *listed)
    else:
        await _run(sys.executable, "-m", "venv", str(environment))
        await _run(str(python), "-m", "pip", "install", "--disable-pip-version-check", *listed)


async def _run(*arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *arguments, stdout=PIPE, stderr=STDOUT, env={**UV_DEFAULTS, **os.environ}
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        text = output.decode(errors="replace").strip()
        raise InstallError(f"{' '.join(arguments)} failed:\n{text}")


@asynccontextmanager
async def _locked(path: Path) -> AsyncIterator[None]:
    """Hold a lock between processes; it goes with the process that holds it."""
    with path.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(_LOCK_POLL_SECONDS)
        yield
