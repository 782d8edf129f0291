"""Messages about an installation that takes long."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

_PERIOD_SECONDS: Final = 5.0


@asynccontextmanager
async def report_progress(
    requirements: Sequence[Path],
    console: Callable[[str], None],
    *,
    python_version: str,
    period_seconds: float = _PERIOD_SECONDS,
) -> AsyncIterator[None]:
    """Print when an installation starts, that it goes on, and how long it took.

    Nothing is printed at the end of an installation that failed.
    """
    subject = describe_requirements(requirements)
    console(f"installing {subject} for this machine (Python {python_version})")
    started_at = time.monotonic()

    async def repeat() -> None:
        while True:
            await asyncio.sleep(period_seconds)
            console(f"still installing {subject}: {time.monotonic() - started_at:.0f} s")

    task = asyncio.create_task(repeat())
    try:
        yield
    finally:
        task.cancel()
    console(f"installed {subject} in {time.monotonic() - started_at:.0f} s")


def describe_requirements(requirements: Sequence[Path]) -> str:
    """Return the names of requirements files, of those with the same content only the first.

    A layer contains a copy of the function's own file.
    """
    by_content = {tuple(_read_lines(file)): file for file in reversed(requirements)}
    files = [file for file in requirements if file in by_content.values()]
    return " and ".join(map(_display_path, files))


def _display_path(file: Path) -> str:
    working_folder = Path.cwd()
    return str(file.relative_to(working_folder) if file.is_relative_to(working_folder) else file)


def _read_lines(file: Path) -> list[bytes]:
    lines = (line.strip() for line in file.read_bytes().splitlines())
    return sorted(line for line in lines if line and not line.startswith(b"#"))
