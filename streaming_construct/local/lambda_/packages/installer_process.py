"""A program that installs packages. All processes that it starts end with it."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from contextlib import suppress

from streaming_construct.packaging.installers import UV_DEFAULTS


async def run_installer(*command: str) -> tuple[int, str]:
    """Run a program until it ends, and return its exit status and its output.

    If the caller is canceled, the program and all that it has started are killed first.

    Raises:
        OSError: The system cannot start the program.
    """
    start = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *command,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            env={**UV_DEFAULTS, **os.environ},
            start_new_session=True,
        )
    )
    try:
        # A canceled start would kill the program alone, which may have started others.
        process = await asyncio.shield(start)
    except asyncio.CancelledError:
        with suppress(OSError):
            await _kill(await start)
        raise
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            await _kill(process)
    return process.returncode or 0, output.decode(errors="replace").strip()


async def _kill(process: Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
