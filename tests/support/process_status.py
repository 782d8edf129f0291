"""Whether a process of the machine runs."""

from __future__ import annotations

import psutil


def is_running(pid: int) -> bool:
    """Return whether a process runs. A process that only waits for its parent does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
