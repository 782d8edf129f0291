"""How many invocations the functions of an API may run at once, as an account bounds them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from streaming_construct.aws.limits import ACCOUNT_CONCURRENCY_DEFAULT, FUNCTION_MEMORY_DEFAULT_MB

# On a machine with less memory, too.
_SMALLEST: Final = 10
_AVAILABLE: Final = re.compile(r"^MemAvailable:\s+(\d+) kB", re.MULTILINE)


class AccountConcurrency:
    """Counts the busy environments of all functions without a reserved concurrency.

    Args:
        most: How many there may be. Default: as many as an account has by default, at most one for
            each 128 MB of available memory, and at least 10.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
    """

    def __init__(self, most: int | None = None) -> None:
        self._busy = 0
        self._reason = "as many as --max-environments allows"
        if most is None:
            most = ACCOUNT_CONCURRENCY_DEFAULT
            self._reason = "the default of an AWS account"
            memory_mb = _read_available_memory_mb()
            if memory_mb is not None and memory_mb // FUNCTION_MEMORY_DEFAULT_MB < most:
                most = max(memory_mb // FUNCTION_MEMORY_DEFAULT_MB, _SMALLEST)
                self._reason = "as many as the memory of this machine allows"
        self.most = most

    @property
    def reason(self) -> str:
        """Return why there may not be more, with the option that changes it."""
        return f"{self._reason} (--max-environments {self.most})"

    def acquire(self) -> bool:
        """Count one more busy environment; return False if there are as many as there may be."""
        if self._busy >= self.most:
            return False
        self._busy += 1
        return True

    def release(self) -> None:
        """Count one busy environment less."""
        self._busy -= 1


def _read_available_memory_mb() -> int | None:
    """Return the memory that programs can take; None where the system has no such file."""
    try:
        match = _AVAILABLE.search(Path("/proc/meminfo").read_text(encoding="ascii"))
    except OSError:
        return None
    return int(match[1]) // 1024 if match else None
