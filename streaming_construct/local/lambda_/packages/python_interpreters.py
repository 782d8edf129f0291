"""Find the Python of a function's runtime on this machine."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from streaming_construct.packaging.dependency_layer import cache_dir

_RUNTIME: Final = re.compile(r"python(\d+\.\d+)")
_SECONDS: Final = 10
_DESCRIBE: Final = "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)"


@dataclass(frozen=True)
class Interpreter:
    """An interpreter: its program, and its version, such as `3.14`."""

    program: Path
    version: str

    @property
    def is_host(self) -> bool:
        """Whether it is the interpreter of this process."""
        return self == HOST_INTERPRETER


HOST_INTERPRETER: Final = Interpreter(
    Path(sys.executable), f"{sys.version_info[0]}.{sys.version_info[1]}"
)
"""The interpreter of this process."""


def find_interpreter(runtime: str) -> Interpreter:
    """Return the Python of a runtime such as `python3.14`; the one of this process without it.

    Searched: this process, `python3.14` on PATH, and the interpreters that pyenv and uv manage.
    """
    match = _RUNTIME.fullmatch(runtime)
    if match is None or match[1] == HOST_INTERPRETER.version:
        return HOST_INTERPRETER
    return _find(match[1]) or HOST_INTERPRETER


def format_missing_message(runtime: str) -> str:
    """Return the line for a runtime whose Python this machine lacks."""
    version = runtime.removeprefix("python")
    return (
        f"{runtime} is not installed: Python {HOST_INTERPRETER.version} runs its functions. "
        f"Install it, for example by `uv python install {version}`."
    )


@lru_cache(maxsize=16)
def _find(version: str) -> Interpreter | None:
    # A program of that name may be a shim that fails: only what reports the version counts.
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    managed = sorted(pyenv.glob(f"{version}.*/bin"))
    for folder in (*map(Path, os.get_exec_path()), *managed):
        program = folder / f"python{version}"
        if program.is_file() and (match := _describe_interpreter(str(program), version)):
            return match
    if uv := _find_uv():
        arguments = (uv, "python", "find", "--no-project", "--no-python-downloads", version)
        path = _read_output(arguments)
        return _describe_interpreter(path, version) if path else None
    return None


def _find_uv() -> str | None:
    beside = Path(sys.executable).with_name("uv")
    return shutil.which("uv") or (str(beside) if beside.is_file() else None)


def _describe_interpreter(program: str, version: str) -> Interpreter | None:
    version_text, _, executable = _read_output((program, "-I", "-c", _DESCRIBE)).partition(" ")
    return Interpreter(Path(executable), version) if version_text == version else None


def _read_output(arguments: tuple[str, ...]) -> str:
    """Return what a program prints; empty if it fails."""
    try:
        completed = subprocess.run(
            arguments, capture_output=True, text=True, timeout=_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return completed.stdout.strip()


def create_bare_environment(interpreter: Interpreter) -> Path:
    """Return the folder with the `python` of an environment without packages, from the cache.

    Raises:
        OSError: The cache cannot be written.

    https://docs.python.org/3/library/venv.html#how-venvs-work
    """
    real = interpreter.program.resolve()
    digest = hashlib.sha256(str(real).encode()).hexdigest()[:12]
    environment = cache_dir() / "python" / f"bare-{interpreter.version}-{digest}"
    if not environment.exists():
        environment.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=f"{environment.name}.", dir=environment.parent))
        _create_environment(interpreter, real, building)
        try:
            building.rename(environment)
        except OSError:  # another process was faster
            shutil.rmtree(building)
    return environment / "bin"


def _create_environment(interpreter: Interpreter, real: Path, folder: Path) -> None:
    programs = folder / "bin"
    programs.mkdir()
    (folder / "pyvenv.cfg").write_text(
        f"home = {real.parent}\ninclude-system-site-packages = false\n", encoding="utf-8"
    )
    for name in ("python", "python3", f"python{interpreter.version}"):
        (programs / name).symlink_to(real)
    (folder / "lib" / f"python{interpreter.version}" / "site-packages").mkdir(parents=True)
