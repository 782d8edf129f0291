"""`InstallProgress`: what the user sees of an installation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

from streaming_construct.terminal import ShowStatus

_PERIOD_SECONDS: Final = 5.0


class InstallProgress:
    """Reports installations, of which several can run at once.

    Args:
        console: Receives lines.
        show_status: Shows a running installation. Default: lines, when it starts and every few
            seconds.
        period_seconds: The time between these lines. Default: 5.
    """

    def __init__(
        self,
        console: Callable[[str], None],
        show_status: ShowStatus | None = None,
        *,
        period_seconds: float = _PERIOD_SECONDS,
    ) -> None:
        self._console = console
        self._show_status = show_status
        self._period_seconds = period_seconds
        self._subjects: set[str] = set()

    @asynccontextmanager
    async def report(self, subject: str, announcement: str) -> AsyncIterator[None]:
        """Report an installation from its start to its end, and how long it took.

        Args:
            subject: The name of the installed file or packages.
            announcement: The line for the start, with the subject.
        """
        started_at = time.monotonic()
        try:
            if self._show_status is None:
                async with self._repeat_lines(subject, announcement, started_at):
                    with self._mark(subject):
                        yield
            else:
                with self._show_status(announcement), self._mark(subject):
                    yield
        except Exception:
            # Lines still show the start, and the caller prints the error.
            if self._show_status is not None:
                seconds = time.monotonic() - started_at
                self._console(f"installation of {subject} failed after {seconds:.0f} s")
            raise
        self._console(f"installed {subject} in {time.monotonic() - started_at:.0f} s")

    @contextmanager
    def report_wait(self, subject: str) -> Iterator[None]:
        """Report that another process installs the same, until the context ends.

        Nothing is reported if this object reports the installation, or the wait for it.
        """
        text = f"waiting for another process, which installs {subject}"
        if subject in self._subjects:
            yield
        elif self._show_status is None:
            self._console(text)
            with self._mark(subject):
                yield
        else:
            with self._show_status(text), self._mark(subject):
                yield

    @contextmanager
    def _mark(self, subject: str) -> Iterator[None]:
        self._subjects.add(subject)
        try:
            yield
        finally:
            self._subjects.discard(subject)

    @asynccontextmanager
    async def _repeat_lines(
        self, subject: str, announcement: str, started_at: float
    ) -> AsyncIterator[None]:
        self._console(announcement)

        async def repeat() -> None:
            while True:
                await asyncio.sleep(self._period_seconds)
                seconds = time.monotonic() - started_at
                self._console(f"still installing {subject}: {seconds:.0f} s")

        task = asyncio.create_task(repeat())
        try:
            yield
        finally:
            task.cancel()


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
