"""The peak memory of processes, as the system records it without a monitor."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

_PEAK: Final = re.compile(rb"^VmHWM:\s+(\d+) kB", re.MULTILINE)
_FAMILY_SECONDS: Final = 1.0


class PeakMemory:
    """The sum of the peak resident memory of processes and all their children.

    The list of children is renewed once a second only, and the file of each process stays open
    until `close`.
    """

    def __init__(self) -> None:
        self._files: dict[int, int] = {}
        self._listed_at = 0.0

    def measure_megabytes(self, pids: Iterable[int]) -> int | None:
        """Return the sum in MB; None without /proc, or if no process runs any more."""
        if time.monotonic() - self._listed_at > _FAMILY_SECONDS:
            self._open(_list_with_children(pids))
            self._listed_at = time.monotonic()
        total_kb = 0
        for pid, file in tuple(self._files.items()):
            if peak := _PEAK.search(_pread(file)):
                total_kb += int(peak[1])
            else:  # the process has ended
                os.close(self._files.pop(pid))
        return -(-total_kb // 1024) or None

    def close(self) -> None:
        """Close the files of the processes."""
        self._open([])

    def _open(self, pids: Iterable[int]) -> None:
        """Open the files of processes, and close those of all others."""
        family = set(pids)
        for pid in self._files.keys() - family:
            os.close(self._files.pop(pid))
        for pid in family - self._files.keys():
            with suppress(OSError):
                self._files[pid] = os.open(f"/proc/{pid}/status", os.O_RDONLY)


def _list_with_children(pids: Iterable[int]) -> list[int]:
    family = list(pids)
    for pid in family:
        with suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                family += map(int, _read(f"{task}/children").split())
    return family


def _read(path: str) -> bytes:
    """Return a small file of the system; empty if it no longer exists."""
    # Without pathlib and buffers: these files are read while the next request may wait.
    with suppress(OSError):
        file = os.open(path, os.O_RDONLY)
        try:
            return os.read(file, 64 * 1024)
        finally:
            os.close(file)
    return b""


def _pread(file: int) -> bytes:
    """Read a file of the system from its beginning; empty if its process has ended."""
    with suppress(OSError):
        return os.pread(file, 64 * 1024, 0)
    return b""
