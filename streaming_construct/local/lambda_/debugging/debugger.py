"""`Debugger`: the debugger of one function, and the variables and arguments that start it."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_INJECTED: Final = Path(__file__).parent / "injected"
_BREAKPOINT: Final = "streaming_construct_breakpoint.explain"
_POLL_SECONDS: Final = 0.1
HOST: Final = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Debugger:
    """A debugger that listens on a port of this machine.

    `source` is the folder of the project that the code was copied from; None if it is not known.
    """

    port: int
    source: Path | None = None

    async def wait_for_port(self, console: Callable[[str], None]) -> None:
        """Wait until the debugger of the previous environment has released the port."""
        has_reported = False
        while not _is_free(self.port):
            if not has_reported:
                console(f"the debugger waits until port {self.port} is free")
                has_reported = True
            await asyncio.sleep(_POLL_SECONDS)
        console(f"the function starts as soon as a debugger attaches to {HOST}:{self.port}")

    def build_python_variables(self) -> dict[str, str]:
        """Return the variables that `injected/sitecustomize.py` reads."""
        return {
            "STREAMING_CONSTRUCT_DEBUG_PORT": str(self.port),
            "STREAMING_CONSTRUCT_DEBUG_PACKAGES": find_debugpy_folder() or "",
            "STREAMING_CONSTRUCT_DEBUG_SOURCE": str(self.source or ""),
            # debugpy warns of modules that Python has frozen, which no breakpoint can be in.
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }

    def build_node_arguments(self) -> tuple[str, ...]:
        """Return the arguments of Node.js for a debugger that the program waits for."""
        return (f"--inspect-wait={HOST}:{self.port}",)


def find_debugpy_folder() -> str | None:
    """Return the folder of packages that contains debugpy; None if it is not installed."""
    spec = find_spec("debugpy")
    return None if spec is None or spec.origin is None else str(Path(spec.origin).parent.parent)


def attach_debugger(
    variables: Mapping[str, str],
    programs: tuple[tuple[str, ...], ...],
    runtime: str,
    debugger: Debugger | None,
) -> tuple[dict[str, str], tuple[tuple[str, ...], ...]]:
    """Return the variables and the programs of an environment, with its debugger if it has one.

    Without a debugger, `breakpoint()` in a Python function prints how to debug.
    """
    if runtime.startswith("nodejs"):
        if debugger is None:
            return dict(variables), programs
        (node, *arguments), *other_programs = programs
        if Path(node).name != "node":
            # A script starts the app, and Node.js in it.
            options = " ".join(
                (variables.get("NODE_OPTIONS", ""), *debugger.build_node_arguments())
            )
            return {**variables, "NODE_OPTIONS": options.strip()}, programs
        return dict(variables), (
            (node, *debugger.build_node_arguments(), *arguments),
            *other_programs,
        )
    path = os.pathsep.join(filter(None, (str(_INJECTED), variables.get("PYTHONPATH", ""))))
    added = {"PYTHONPATH": path, "PYTHONBREAKPOINT": _BREAKPOINT}
    if debugger is None:
        return {**added, **variables, "PYTHONPATH": path}, programs
    return {**variables, "PYTHONPATH": path, **debugger.build_python_variables()}, programs


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            return False
    return True
