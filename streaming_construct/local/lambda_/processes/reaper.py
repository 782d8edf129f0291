"""Reports to `reaper_process.py` the processes that must end with the gateway."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from streaming_construct.local.lambda_.processes import reaper_process

_PROGRAM: Final = Path(reaper_process.__file__)


class Reaper:
    """The reaper process, started when the first environment is registered."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def register_environment(self, folder: Path) -> None:
        """Register an environment with this folder, before it starts processes."""
        if self._process is None:
            # A new session, so that a signal of the terminal does not end it before the gateway.
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_PROGRAM)],
                stdin=subprocess.PIPE,
                text=True,
                bufsize=1,
                start_new_session=True,
            )
        self._send_line(f"+ {folder}")

    def register_process(self, folder: Path, pid: int) -> None:
        """Register a running process of the environment, which leads its own process group."""
        self._send_line(f"{pid} {folder}")

    def unregister(self, folder: Path) -> None:
        """Nothing of the environment is left."""
        self._send_line(f"- {folder}")

    def close(self) -> None:
        """End the reaper process, which ends all processes that are still registered."""
        if self._process and self._process.stdin:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
            self._process.wait()
            self._process = None

    def _send_line(self, line: str) -> None:
        if self._process and self._process.stdin:
            with suppress(BrokenPipeError):  # it was killed; the gateway continues without it
                self._process.stdin.write(f"{line}\n")
