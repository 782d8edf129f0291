"""One execution environment: the programs of a function, and the runtime that speaks with them."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from streaming_construct.local.invocation import FunctionError, Invocation
from streaming_construct.local.lambda_variables import lambda_variables

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from streaming_construct.local.launch import Deployment, Launch, Runtime

# How long programs may take to end after SIGTERM.
_TERM_SECONDS: Final = 1.0
_DEATH_SECONDS: Final = 0.05
_LOG_LINE_BYTES: Final = 64 * 1024


class Environment:
    """Runs a function's programs in a process group each, one invocation at a time.

    `started` is done when it can take an event; it raises `FunctionError` where that never comes.
    What they print goes to `console` line by line, with the function's name and the request's id.
    """

    def __init__(
        self, deployment: Deployment, launch: Launch, console: Callable[[str], None]
    ) -> None:
        self._deployment = deployment
        self._launch = launch
        self._console = console
        self._stack = AsyncExitStack()
        self._runtime: Runtime | None = None
        self._processes: list[Process] = []
        self._logs: list[asyncio.Task[None]] = []
        self._watches: list[asyncio.Task[None]] = []
        self._death: asyncio.Future[FunctionError] = asyncio.get_running_loop().create_future()
        self._request_id = "init"
        self._temporary: Path | None = None
        self.started = asyncio.create_task(self._start())

    @property
    def alive(self) -> bool:
        """Whether all of its programs still run."""
        return not self._death.done()

    @property
    def awaited(self) -> str | None:
        """What has to happen before it is started; None once it has."""
        return self._runtime.awaited if self._runtime and not self.started.done() else None

    async def _start(self) -> None:
        self._temporary = Path(tempfile.mkdtemp(prefix="streaming-construct-"))
        self._runtime = await self._stack.enter_async_context(self._launch.runtime())
        variables = lambda_variables(self._deployment, self._temporary)
        variables.update(self._launch.variables)
        variables.update(self._runtime.variables)
        for program in self._launch.programs:
            await self._spawn(program, variables)
        await self._unless_dead(self._runtime.ready())
        self._request_id = "-"

    async def run(self, invocation: Invocation) -> None:
        """Take an invocation to its end; a failure ends it, and is not raised.

        Afterwards the environment is ready for the next one, or no longer `alive`.
        """
        assert self._runtime is not None  # noqa: S101  narrows the type: it has been started
        self._request_id = invocation.request_id
        invocation.deadline_ms = int((time.time() + self._deployment.timeout_seconds) * 1000)
        try:
            await self._unless_dead(self._runtime.run(invocation))
        except FunctionError as error:
            # The failure may be the first sign of a program's end, which then is the cause.
            await asyncio.wait((self._death,), timeout=_DEATH_SECONDS)
            invocation.fail(error if self.alive else self._death.result())
        finally:
            self._request_id = "-"

    async def aclose(self) -> None:
        """End every process it started, SIGTERM first, and remove its files."""
        self.started.cancel()
        await asyncio.wait((self.started,))
        try:
            self._signal(signal.SIGTERM)
            if self._watches and self.alive:
                await asyncio.wait(self._watches, timeout=_TERM_SECONDS)
        finally:
            self._signal(signal.SIGKILL)
        for process in self._processes:
            await process.wait()
        if self._logs:
            # A process that left its group could hold the pipe open for ever.
            await asyncio.wait(self._logs, timeout=0.2)
        for task in (*self._logs, *self._watches):
            task.cancel()
        tasks = (self.started, *self._logs, *self._watches)
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._stack.aclose()
        if self._temporary:
            await asyncio.to_thread(shutil.rmtree, self._temporary, ignore_errors=True)

    async def _spawn(self, program: tuple[str, ...], variables: dict[str, str]) -> None:
        try:
            process = await asyncio.create_subprocess_exec(
                *program,
                stdin=DEVNULL,
                stdout=PIPE,
                stderr=STDOUT,
                cwd=self._deployment.code,
                env=variables,
                start_new_session=True,
            )
        except OSError as error:
            message = f"{program[0]} could not be started: {error}"
            raise FunctionError("Runtime.InvalidEntrypoint", message) from error
        self._processes.append(process)
        self._logs.append(asyncio.create_task(self._forward_log(process)))
        self._watches.append(asyncio.create_task(self._watch(process)))

    async def _watch(self, process: Process) -> None:
        status = await process.wait()
        how = f"exit status {status}" if status >= 0 else f"signal: {signal.Signals(-status).name}"
        if not self._death.done():
            message = f"Runtime exited with error: {how}" if status else "Runtime exited"
            self._death.set_result(FunctionError("Runtime.ExitError", message))

    async def _unless_dead(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something with the runtime; a program's end ends it.

        Raises:
            FunctionError: a program ended, or the work failed by itself.
        """
        task = asyncio.create_task(work)
        try:
            await asyncio.wait((task, self._death), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                # What a program sent before it ended may still be on its way through the sockets.
                await asyncio.wait((task,), timeout=_DEATH_SECONDS)
            if not task.done():
                raise self._death.result()
            await task
        finally:
            task.cancel()

    async def _forward_log(self, process: Process) -> None:
        assert process.stdout is not None  # noqa: S101  narrows the type: it is a pipe
        rest = b""
        while data := await process.stdout.read(_LOG_LINE_BYTES):
            *lines, rest = (rest + data).split(b"\n")
            if len(rest) >= _LOG_LINE_BYTES:
                lines, rest = [*lines, rest], b""
            for line in lines:
                self._log(line)
        if rest:
            self._log(rest)

    def _log(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip("\r")
        self._console(f"[{self._deployment.name} {self._request_id[:8]}] {text}")

    def _signal(self, number: signal.Signals) -> None:
        """Send a signal to every process group; they are led by the processes started."""
        for process in self._processes:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)
