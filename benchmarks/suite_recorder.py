"""A plugin of pytest that records the CPU time of each test file in each worker of xdist."""

from __future__ import annotations

import json
import os
import resource
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil

if TYPE_CHECKING:
    import pytest

FOLDER: Final = "SUITE_RECORD_FOLDER"
START: Final = "start"


def pytest_configure(config: pytest.Config) -> None:
    """Record in workers only: the controller runs no tests."""
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(SuiteRecorder(), "suite-recorder")


class SuiteRecorder:
    """Records the CPU time of a worker and of all programs that it started, file by file."""

    def __init__(self) -> None:
        self._file = START
        self._tests = 0
        self._cpu = 0.0
        self._began = psutil.Process().create_time()
        self._records: list[tuple[str, int, float, float]] = []

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Close the record of the file before."""
        file = nodeid.partition("::")[0]
        if file != self._file:
            self._close(file)
        self._tests += 1

    def pytest_sessionfinish(self) -> None:
        """Write the records."""
        self._close(START)
        path = Path(os.environ[FOLDER], f"{os.getpid()}.json")
        path.write_text(json.dumps(self._records), encoding="utf-8")

    def _close(self, file: str) -> None:
        cpu, now = read_cpu_seconds(), time.time()
        self._records.append((self._file, self._tests, cpu - self._cpu, now - self._began))
        self._file, self._tests, self._cpu, self._began = file, 0, cpu, now


def read_cpu_seconds() -> float:
    """Return the CPU time of this process and of all programs that it started, in seconds."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    seconds = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            seconds += sum(child.cpu_times()[:4])
    return seconds
