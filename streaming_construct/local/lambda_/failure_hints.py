"""Explanations for failures that are due to the difference between this machine and Lambda."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_PYTHON_MODULE: Final = re.compile(r"No module named '((?:boto3|botocore)[\w.]*)'")
_NODE_MODULE: Final = re.compile(
    r"Cannot find (?:module|package) '(@(?:aws-sdk|smithy|aws-crypto)/[\w.-]+)"
)
_READ_ONLY: Final = re.compile(
    r"(?:Read-only file system|EROFS: read-only file system, \w+)[:,]? '([^']+)'"
)
_MISSING_PATH: Final = re.compile(r"[Nn]o such file or directory(?:, \w+|:) '(/[^']+)'")
_NO_SEMAPHORES: Final = re.compile(r"_multiprocessing\.SemLock|SemLock\(")
_LAMBDA_FOLDERS: Final = ("/opt/", "/var/task/")


class FailureHints:
    """Finds the hint for a line that a function printed; each hint once.

    Args:
        isolation_problem: Why functions do not have Lambda's file system; None if they have.
    """

    def __init__(self, isolation_problem: str | None) -> None:
        self._isolation_problem = isolation_problem
        self._given: set[str] = set()

    def find(self, line: str) -> str | None:
        """Return the hint for a line, None if there is none or if it was returned before."""
        hint = self._find_hint(line)
        if hint is None or hint in self._given:
            return None
        self._given.add(hint)
        return hint

    def _find_hint(self, line: str) -> str | None:
        if module := _PYTHON_MODULE.search(line):
            return (
                f"Lambda's Python runtimes bring {module[1]}. Install it for the gateway: "
                "`pip install boto3`."
            )
        if module := _NODE_MODULE.search(line):
            return (
                f"Lambda's Node.js runtimes bring {module[1]}. Install it in this folder: "
                f"`npm install {module[1]}`."
            )
        if path := _READ_ONLY.search(line):
            return (
                f"{path[1]} cannot be written: on Lambda, /tmp is the only folder for files. "
                "Pass --file-system host to write to the files of this machine."
            )
        if _NO_SEMAPHORES.search(line) and self._isolation_problem is None:
            return "Lambda has no /dev/shm, which the locks and pools of multiprocessing need."
        if path := _MISSING_PATH.search(line):
            return self._find_missing_path_hint(path[1])
        return None

    def _find_missing_path_hint(self, path: str) -> str | None:
        if self._isolation_problem is not None:
            if path.startswith(_LAMBDA_FOLDERS):
                return (
                    f"{path} is a path of Lambda, which this machine does not have "
                    f"({self._isolation_problem}). Use LAMBDA_TASK_ROOT and the variables of PATH, "
                    "PYTHONPATH and NODE_PATH to find files."
                )
            return None
        if Path(path).exists() or Path(path).parent.exists():
            return (
                f"{path} is a path of this machine, which Lambda does not have. Each environment "
                "has its own /tmp. Pass --file-system host to use the files of this machine."
            )
        return None
