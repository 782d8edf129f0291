"""Messages about an installation."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from streaming_construct.local.lambda_.packages.install_progress import (
    InstallProgress,
    describe_requirements,
)
from streaming_construct.terminal import Status

pytestmark = pytest.mark.anyio


async def test_lines_report_a_long_installation_until_it_ends() -> None:
    """The output is no terminal."""
    lines: list[str] = []
    progress = InstallProgress(lines.append, period_seconds=0.01)

    async def install() -> None:
        async with progress.report("a.txt", "installing a.txt for this machine"):
            while len(lines) < 3:  # noqa: ASYNC110 - the lines are a plain list
                await asyncio.sleep(0.01)

    await asyncio.wait_for(install(), 20)

    assert lines[0] == "installing a.txt for this machine"
    assert all(re.fullmatch(r"still installing a.txt: \d+ s", line) for line in lines[1:3])
    assert re.fullmatch(r"installed a.txt in \d+ s", lines[-1])


async def test_a_status_replaces_the_lines_of_a_running_installation() -> None:
    """Only its result is a line: its duration, or that it failed."""
    lines: list[str] = []

    @contextmanager
    def show_status(text: str) -> Iterator[Status]:
        lines.append(f"<{text}>")
        yield Status(text)
        lines.append("<>")

    progress = InstallProgress(lines.append, show_status, period_seconds=0.001)
    async with progress.report("a.txt", "installing a.txt for this machine"):
        await asyncio.sleep(0.05)
    with pytest.raises(OSError, match="disk full"):
        async with progress.report("b.txt", "installing b.txt"):
            raise OSError("disk full")

    assert [re.sub(r"\d+ s", "N s", line) for line in lines] == [
        "<installing a.txt for this machine>",
        "<>",
        "installed a.txt in N s",
        "<installing b.txt>",
        "installation of b.txt failed after N s",
    ]


def test_a_copied_layer_is_not_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    files = [tmp_path / name / "requirements.txt" for name in ("chat", "layer", "other")]
    for file, text in zip(files, ("# pinned\nb==1\na==1\n", "a==1\nb==1\n", "c==1\n"), strict=True):
        file.parent.mkdir()
        file.write_text(text)

    assert describe_requirements(files) == "chat/requirements.txt and other/requirements.txt"
