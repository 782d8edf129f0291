"""Ends what a gateway started once the gateway itself is gone, however it went.

Run as a program, one for each gateway, only with the standard library. Its standard input is a pipe
from the gateway, which even SIGKILL closes. Each line tells of an environment by its folder: `+
FOLDER` before its first process, `PID FOLDER` after each, `- FOLDER` when nothing of it is left.

The program starts with each gateway, so it imports at its end the modules that only the end needs.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # `typing` takes longer to import than everything else
if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import Final

# A variable whose value is the name of the environment's folder: what its processes are known by.
ENVIRONMENT_MARKER: Final = "AWS_LAMBDA_LOG_STREAM_NAME"
_PATIENCE_SECONDS: Final = 2.0


def main() -> None:
    """Wait for the gateway's end, then end the processes that it has named and has not ended."""
    environments: dict[str, list[int]] = {}
    for line in sys.stdin:
        kind, _, folder = line.rstrip("\n").partition(" ")
        if kind == "+":
            environments[folder] = []
        elif kind == "-":
            environments.pop(folder, None)
        else:
            environments.setdefault(folder, []).append(int(kind))
    for folder, groups in environments.items():
        kill_groups(groups)
        kill_by_environment_marker(os.path.basename(folder))
        remove_folder(folder)


def remove_folder(folder: Path | str) -> None:
    """Remove a folder with all that it contains, read-only folders too."""
    import shutil
    from contextlib import suppress

    for parent, _, _ in os.walk(folder):
        with suppress(OSError):
            os.chmod(parent, 0o700)
    shutil.rmtree(folder, ignore_errors=True)


def kill_groups(groups: Iterable[int]) -> None:
    """Kill process groups; those that are gone are no matter."""
    import signal
    from contextlib import suppress

    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


def kill_by_environment_marker(name: str) -> None:
    """Kill every process of an environment, also those that left their process group.

    Only where there is a /proc: on other systems nothing is found.
    """
    import signal
    import time
    from contextlib import suppress

    ends = time.monotonic() + _PATIENCE_SECONDS
    while (pids := _list_marked(name)) and time.monotonic() < ends:
        for pid in pids:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def _list_marked(name: str) -> list[int]:
    """Return the processes with the mark of an environment, except zombies."""
    mark = f"{ENVIRONMENT_MARKER}={name}\0".encode()
    from contextlib import suppress

    pids = []
    for process in filter(str.isdecimal, os.listdir("/proc")) if os.path.isdir("/proc") else ():
        # Most are another user's, or end while they are looked at. A zombie's file reads as empty.
        with suppress(OSError), open(f"/proc/{process}/environ", "rb") as file:
            if mark in file.read():
                pids.append(int(process))
    return pids


if __name__ == "__main__":
    main()
