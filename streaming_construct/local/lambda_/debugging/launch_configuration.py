"""The settings with which editors attach to the debugger of a function."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from streaming_construct.local.lambda_.debugging.debugger import HOST

_WORKSPACE: Final = "${workspaceFolder}"


def list_launch_messages(
    name: str, runtime: str, port: int, source: Path | None, code: Path
) -> Iterator[str]:
    """Yield the messages about the debugger of a function.

    Args:
        name: The name of the function.
        runtime: Lambda's identifier of its runtime.
        port: The port of the debugger.
        source: The folder of the project that the code was copied from; None if it is not known.
        code: The folder of the code, as the function sees it.
    """
    yield f"{name} waits for a debugger on {HOST}:{port}."
    if source is None:
        yield f"The source folder of the function was not found. Set breakpoints in {code}."
    configuration = build_launch_configuration(name, runtime, port, source, code)
    document = {"version": "0.2.0", "configurations": [configuration]}
    yield "VS Code, .vscode/launch.json:"
    yield from json.dumps(document, indent=2).splitlines()
    if runtime.startswith("nodejs"):
        yield (
            f"PyCharm, WebStorm: Run > Edit Configurations > + > Attach to Node.js/Chrome."
            f" Host {HOST}, port {port}. Map {source or code} to {code}."
        )
    else:
        yield (
            "PyCharm: Run > Edit Configurations > + > Attach to DAP."
            f" Adapter debugpy, host {HOST}, port {port}. No path mapping is needed."
        )


def build_launch_configuration(
    name: str, runtime: str, port: int, source: Path | None, code: Path
) -> dict[str, Any]:
    """Return the configuration of VS Code; the arguments are those of `list_launch_messages`.

    A Python function needs no path mapping: its modules have the names of the source files.
    """
    if runtime.startswith("nodejs"):
        return {
            "name": name,
            "type": "node",
            "request": "attach",
            "address": HOST,
            "port": port,
            "restart": True,
            "localRoot": _build_workspace_path(source or code),
            "remoteRoot": str(code),
        }
    return {
        "name": name,
        "type": "debugpy",
        "request": "attach",
        "connect": {"host": HOST, "port": port},
        "justMyCode": False,
    }


def _build_workspace_path(folder: Path) -> str:
    workspace = Path.cwd()
    if not folder.is_relative_to(workspace):
        return str(folder)
    relative = os.path.relpath(folder, workspace)
    return _WORKSPACE if relative == "." else f"{_WORKSPACE}/{relative}"
