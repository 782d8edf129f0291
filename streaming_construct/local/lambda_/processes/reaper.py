"""The gateway's side of `guardian.py`: tells it which processes must not outlive the gateway."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from streaming_construct.local.lambda_.processes import reaper_process

_PROGRAM: Final = Path(reaper_process.__file__)


class Reaper:
    """A guardian process, started with the first environment it is told of."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def register_environment(self, folder: Path) -> None:
        """An environment with this folder is about to start processes."""
        if self._process is None:
            # A session of its own: what ends the gateway from the terminal must not end it first.
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_PROGRAM)],
                stdin=subprocess.PIPE,
                text=True,
                bufsize=1,
                start_new_session=True,
            )
        self._tell(f"+ {folder}")

    def register_process(self, folder: Path, pid: int) -> None:
        """A process of the environment runs, as leader of a group of its own."""
        self._tell(f"{pid} {folder}")

    def unregister(self, folder: Path) -> None:
        """Nothing of the environment is left."""
        self._tell(f"- {folder}")

    def close(self) -> None:
        """End the guardian; what it was told of, and not to forget, ends with it."""
        if self._process and self._process.stdin:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
            self._process.wait()
            self._process = None

    def _tell(self, line: str) -> None:
        if self._process and self._process.stdin:
            with suppress(BrokenPipeError):  # somebody killed it; the gateway goes on without
                self._process.stdin.write(f"{line}\n")
