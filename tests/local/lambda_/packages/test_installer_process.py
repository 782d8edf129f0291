"""An installer ends with all that it has started, whenever its caller is canceled."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil
import pytest

from streaming_construct.local.lambda_.packages.installer_process import run_installer

pytestmark = pytest.mark.anyio


def start_child(started: Path) -> str:
    """Return a script that starts a child, and writes its process id to a file."""
    return f"sleep 600 & echo $! > {started}.new && mv {started}.new {started}; wait"


async def wait_for_end(process_id: int) -> None:
    for _ in range(1500):
        try:
            if psutil.Process(process_id).status() == psutil.STATUS_ZOMBIE:
                return
        except psutil.NoSuchProcess:
            return
        await asyncio.sleep(0.02)
    pytest.fail("the child of the installer runs on")


async def test_an_installer_ends_with_its_child_processes(tmp_path: Path) -> None:
    """Ctrl-C during an installation leaves no process, for example of ensurepip."""
    started = tmp_path / "started"
    task = asyncio.create_task(run_installer("/bin/sh", "-c", start_child(started)))
    while not started.exists():  # noqa: ASYNC110 - another process makes it
        await asyncio.sleep(0.02)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    await wait_for_end(int(started.read_text()))


async def test_a_cancellation_during_the_start_ends_child_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program may have started others before asyncio returns it."""
    started = tmp_path / "started"
    create = asyncio.create_subprocess_exec
    is_created = asyncio.Event()

    async def create_slowly(*arguments: str, **options: object) -> object:
        process = await create(*arguments, **options)  # type: ignore[arg-type] # options of run_installer
        while not started.exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.02)
        is_created.set()
        await asyncio.sleep(0.02)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", create_slowly)
    task = asyncio.create_task(run_installer("/bin/sh", "-c", start_child(started)))
    await is_created.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    await wait_for_end(int(started.read_text()))


async def test_the_status_and_the_output_of_an_installer_are_returned() -> None:
    assert await run_installer("/bin/sh", "-c", "echo out; echo error >&2; exit 3") == (
        3,
        "out\nerror",
    )


async def test_a_missing_program_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        await run_installer("/nowhere/installer")
