"""How much memory processes took, as far as the system tells without being asked to watch them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_PEAK = re.compile(rb"^VmHWM:\s+(\d+) kB", re.MULTILINE)


def peak_megabytes(pids: Iterable[int]) -> int | None:
    """The peaks of resident memory of processes and all their children, added up, in MB.

    Processes that have ended count no more. None where there is no /proc to read it from.
    """
    total_kb = 0
    waiting = list(pids)
    for pid in waiting:
        with suppress(OSError):
            process = Path(f"/proc/{pid}")
            peak = _PEAK.search((process / "status").read_bytes())
            total_kb += int(peak[1]) if peak else 0
            for task in (process / "task").iterdir():
                waiting += map(int, (task / "children").read_bytes().split())
    return -(-total_kb // 1024) or None
