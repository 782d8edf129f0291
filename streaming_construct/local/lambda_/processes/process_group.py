"""The programs of one environment: started, listened to, ended with everything they started."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from streaming_construct.local.lambda_.invocation import FunctionError
from streaming_construct.local.lambda_.processes.child_signals import ignore_stopped_children
from streaming_construct.local.lambda_.processes.mount_namespace import (
    MountNamespace,
    read_report,
)
from streaming_construct.local.lambda_.processes.open_files import set_function_fd_limit
from streaming_construct.local.lambda_.processes.peak_memory import PeakMemory
from streaming_construct.local.lambda_.processes.reaper_process import (
    kill_by_environment_marker,
    kill_groups,
)
from streaming_construct.terminal import escape_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from streaming_construct.local.lambda_.processes.reaper import Reaper

_LOG_LINE_BYTES: Final = 64 * 1024
# The wait for output in a pipe that a process has inherited to another one.
_LOG_DRAIN_SECONDS: Final = 0.2


class ProcessGroup:
    """Runs programs in a process group each; what they print goes to `log` line by line.

    `death` is done, with the reason, as soon as one of them has ended. `folder` is the
    environment's own: its name marks every process, so that none escapes.
    """

    def __init__(self, folder: Path, reaper: Reaper, log: Callable[[str], None]) -> None:
        self._folder = folder
        self._reaper = reaper
        self._log = log
        self._processes: list[Process] = []
        self._logs: list[asyncio.Task[None]] = []
        self._watches: list[asyncio.Task[None]] = []
        self._memory = PeakMemory()
        self.death: asyncio.Future[FunctionError] = asyncio.get_running_loop().create_future()
        reaper.register_environment(folder)

    async def start(
        self,
        program: tuple[str, ...],
        cwd: Path,
        variables: Mapping[str, str],
        *,
        namespace: MountNamespace | None = None,
        limits_open_files: bool = True,
    ) -> None:
        """Start a program, in the namespace if there is one.

        Raises:
            FunctionError: The system cannot start the program.
        """
        read, write = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *(namespace.build_command(program, write) if namespace else program),
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=STDOUT,
                cwd=cwd,
                env=variables,
                start_new_session=True,
                pass_fds=(write,) if namespace else (),
            )
        except (OSError, ValueError) as error:  # ValueError: NUL in a variable or the handler
            os.close(read)
            raise _create_entrypoint_error(program[0], error) from error
        finally:
            os.close(write)
        ignore_stopped_children()
        self._reaper.register_process(self._folder, process.pid)
        if limits_open_files:
            set_function_fd_limit(process.pid)
        self._processes.append(process)
        self._logs.append(asyncio.create_task(self._forward_log(process)))
        if failure := await read_report(read):
            raise _create_entrypoint_error(program[0], failure)
        if namespace:
            namespace.set_process(process.pid)
        self._watches.append(asyncio.create_task(self._watch(process)))

    def measure_peak_megabytes(self) -> int | None:
        """Return the peak memory of the running processes in MB; None if it is unknown."""
        return self._memory.measure_megabytes(process.pid for process in self._processes)

    def freeze(self) -> None:
        """Stop every process until `thaw`: its threads, timers and background tasks stop too."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let every process go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        for process in self._processes:
            if process.returncode is None:
                try:  # noqa: SIM105 - a context manager is slower, and a request waits for this
                    os.killpg(process.pid, number)
                except (ProcessLookupError, PermissionError):
                    pass

    async def terminate(self, *, patience_seconds: float, ask_all: bool) -> None:
        """End every process: SIGTERM, then SIGKILL for those that still run after a grace period.

        Without `ask_all`, only the first process gets SIGTERM, since the others got a SHUTDOWN
        event.
        """
        self.thaw()  # a stopped process takes no SIGTERM
        try:
            for process in self._processes if ask_all else self._processes[:1]:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGTERM)
            if self._watches:
                await asyncio.wait(self._watches, timeout=patience_seconds)
        finally:
            kill_groups(process.pid for process in self._processes)
        for process in self._processes:
            await process.wait()
        if self._processes:
            await asyncio.to_thread(kill_by_environment_marker, self._folder.name)
        self._reaper.unregister(self._folder)
        if self._logs:
            await asyncio.wait(self._logs, timeout=_LOG_DRAIN_SECONDS)
        self._memory.close()
        tasks = (*self._logs, *self._watches)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self, process: Process) -> None:
        status = await process.wait()
        # Lambda names a signal in words: `signal: killed`.
        words = (signal.strsignal(-status) or str(-status)).lower() if status < 0 else ""
        ending = f"signal: {words}" if words else f"exit status {status}"
        if not self.death.done():
            message = f"Runtime exited with error: {ending}" if status else "Runtime exited"
            self.death.set_result(FunctionError("Runtime.ExitError", message))

    async def _forward_log(self, process: Process) -> None:
        assert process.stdout is not None  # noqa: S101  narrows the type: it is a pipe
        rest = b""
        while data := await process.stdout.read(_LOG_LINE_BYTES):
            *lines, rest = (rest + data).split(b"\n")
            if len(rest) >= _LOG_LINE_BYTES:
                lines, rest = [*lines, rest], b""
            for line in lines:
                self._log_message(line)
        if rest:
            self._log_message(rest)

    def _log_message(self, message: bytes) -> None:
        """Log the lines of one message, which carriage returns part; make control codes visible."""
        for line in message.decode(errors="replace").rstrip("\r").split("\r"):
            self._log(escape_lines(line))


def _create_entrypoint_error(program: str, reason: object) -> FunctionError:
    return FunctionError("Runtime.InvalidEntrypoint", f"{program} could not be started: {reason}")
