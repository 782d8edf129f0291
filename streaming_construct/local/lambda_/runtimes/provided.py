"""Functions that bring their own runtime: `bootstrap` on `provided.al2023` and its like."""

from __future__ import annotations

import os
import platform
import sys
from functools import partial
from typing import TYPE_CHECKING, Final

from streaming_construct.local.lambda_.invocation import FunctionNotRunnableError
from streaming_construct.local.lambda_.loaded_function import LoadedFunction
from streaming_construct.local.lambda_.process_spec import ProcessSpec
from streaming_construct.local.lambda_.runtime_api import serve_runtime_api

if TYPE_CHECKING:
    from pathlib import Path


from pathlib import Path

# e_machine of the ELF header, by the names that platform.machine() gives on Linux.
_MACHINES: Final = {62: ("x86_64", "amd64"), 183: ("aarch64", "arm64")}


def create_process_spec(loaded_function: LoadedFunction) -> ProcessSpec:
    """Return the bootstrap of the code, or of a layer, as the program.

    Raises:
        FunctionNotRunnableError: There is no bootstrap, or it is not for this machine.
    """
    roots = (loaded_function.code, *loaded_function.layers)
    bootstrap = next((p / "bootstrap" for p in roots if (p / "bootstrap").is_file()), None)
    if bootstrap is None:
        raise FunctionNotRunnableError(f"{loaded_function.code} contains no bootstrap")
    if not os.access(bootstrap, os.X_OK):
        raise FunctionNotRunnableError(
            f"{bootstrap} is not executable. Run `chmod 0755` on the file"
        )
    if reason := find_incompatible_binary_reason(bootstrap):
        raise FunctionNotRunnableError(f"{bootstrap} {reason}")
    return ProcessSpec(
        programs=((str(bootstrap),),), runtime=partial(serve_runtime_api, loaded_function)
    )


def find_incompatible_binary_reason(program: Path) -> str | None:
    """Return the reason why a program cannot run on this machine, from its header."""
    with program.open("rb") as file:
        head = file.read(20)
    if not head.startswith(b"\x7fELF"):
        return None
    machines = _MACHINES.get(int.from_bytes(head[18:20], "little"), ("another processor",))
    if sys.platform != "linux" or platform.machine().lower() not in machines:
        return f"is a program for Linux on {machines[0]}, which this machine is not"
    return None


def list_layer_extensions(layer: Path) -> list[Path]:
    """Return the programs in the `extensions` folder that can run on this machine, by name."""
    files = sorted((layer / "extensions").glob("*"))
    return [
        path
        for path in files
        if path.is_file() and os.access(path, os.X_OK) and not find_incompatible_binary_reason(path)
    ]
