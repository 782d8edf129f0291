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

    It is read after every invocation. The list of children is renewed once a second only.
    """

    def __init__(self) -> None:
        self._family: list[int] = []
        self._looked_at = 0.0

    def megabytes(self, pids: Iterable[int]) -> int | None:
        """The sum in MB; None where there is no /proc, or none of them runs any more."""
        if time.monotonic() - self._looked_at > _FAMILY_SECONDS:
            self._family = _with_children(pids)
            self._looked_at = time.monotonic()
        peaks = (_PEAK.search(_read(f"/proc/{pid}/status")) for pid in self._family)
        total_kb = sum(int(peak[1]) for peak in peaks if peak)
        return -(-total_kb // 1024) or None


def _with_children(pids: Iterable[int]) -> list[int]:
    family = list(pids)
    for pid in family:
        with suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                family += map(int, _read(f"{task}/children").split())
    return family


def _read(path: str) -> bytes:
    """A small file of the system's; empty where it is gone."""
    # Without pathlib and buffers: these files are read while the next request may wait.
    with suppress(OSError):
        file = os.open(path, os.O_RDONLY)
        try:
            return os.read(file, 64 * 1024)
        finally:
            os.close(file)
    return b""
