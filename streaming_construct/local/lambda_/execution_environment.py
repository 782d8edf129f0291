"""One execution environment: the programs of a function, and the runtime that speaks with them."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from streaming_construct.aws.limits import (
    FUNCTION_MEMORY_DEFAULT_MB,
    FUNCTION_SHUTDOWN_SECONDS,
)
from streaming_construct.local.lambda_.debugging.debugger import attach_debugger
from streaming_construct.local.lambda_.environment_variables import build_lambda_variables
from streaming_construct.local.lambda_.file_system import (
    TASK_PREFIX,
    FileSystem,
    replace_task_paths,
)
from streaming_construct.local.lambda_.invocation import (
    TRUNCATED_RESPONSE,
    FunctionError,
    Invocation,
)
from streaming_construct.local.lambda_.log_lines import (
    Report,
    format_end_line,
    format_report_line,
    format_start_line,
    hide_local_url,
    split_node_error,
)
from streaming_construct.local.lambda_.processes.process_group import ProcessGroup
from streaming_construct.local.lambda_.processes.sandbox import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from streaming_construct.local.lambda_.loaded_function import LoadedFunction
    from streaming_construct.local.lambda_.process_spec import ProcessSpec, Runtime
    from streaming_construct.local.lambda_.processes.reaper import Reaper

# How long programs may take to end after SIGTERM.
_TERM_SECONDS: Final = 1.0
# How long the end of a process may come after the failure that it caused. A runtime that closed its
# connection ends, however busy the machine is; a web app that truncated a response continues.
_EXIT_SECONDS: Final = 0.5
_RUNTIME_EXIT_SECONDS: Final = 5.0
# How long data may stay in the sockets after the end of the process that sent it.
_DRAIN_SECONDS: Final = 0.5
# The system keeps peaks of memory, so one measurement covers all invocations before it.
_MEMORY_CHECK_SECONDS: Final = 1.0
# In place of the id of a request, for lines between invocations.
_NO_REQUEST: Final = "-"


class ExecutionEnvironment:
    """Runs the processes of a function, one invocation at a time.

    `started` completes when the environment can take an event; it raises `FunctionError` if the
    initialization fails. The output of the processes goes to `console` line by line, between the
    lines of Lambda. Each line has the name of the function and the request id. `provisioned` tells
    whether provisioned concurrency started it, before any invocation.
    """

    def __init__(
        self,
        loaded_function: LoadedFunction,
        process_spec: ProcessSpec,
        reaper: Reaper,
        console: Callable[[str], None],
        *,
        is_provisioned: bool = False,
    ) -> None:
        self._loaded_function = loaded_function
        self._process_spec = process_spec
        self._console = console
        self._provisioned = is_provisioned
        self._stack = AsyncExitStack()
        self._runtime: Runtime | None = None
        self._folder = Path(tempfile.mkdtemp(prefix="streaming-construct-"))
        self._programs = ProcessGroup(self._folder, reaper, self.log)
        self._request_id = "init"
        self._port = ""
        self._init_seconds: float | None = None
        self._has_reported_pending_work = False
        self._has_warned_of_memory = False
        self._memory_check: asyncio.TimerHandle | None = None
        self._is_closing = False
        self.started = asyncio.create_task(self._start())

    @property
    def is_alive(self) -> bool:
        """Whether all of its programs still run."""
        return not self._programs.death.done()

    @property
    def readiness_condition(self) -> str | None:
        """The event that the start waits for, for messages; None after it."""
        return (
            self._runtime.readiness_condition if self._runtime and not self.started.done() else None
        )

    def log(self, line: str, request_id: str | None = None) -> None:
        """Put a line on the console, as belonging to the invocation with this id.

        Paths of the code in Lambda's file system become those on this machine. Default: the
        invocation under way.
        """
        if self._loaded_function.is_isolated and TASK_PREFIX in line:
            line = replace_task_paths(line, self._loaded_function)
        if self._port:
            line = hide_local_url(line, self._port)
        request_id = self._request_id if request_id is None else request_id
        subject = f"[{self._loaded_function.display_name} {request_id[:8]}]"
        for part in split_node_error(line):
            self._console(f"{subject} {part}")

    async def _start(self) -> None:
        began = time.monotonic()
        self._runtime = await self._stack.enter_async_context(self._process_spec.runtime())
        files = FileSystem.create(self._loaded_function, self._folder, self._process_spec.programs)
        variables = build_lambda_variables(
            self._loaded_function, files, self._folder.name, is_provisioned=self._provisioned
        )
        variables.update(self._process_spec.variables)
        variables.update(self._runtime.variables)
        self._port = variables.get("PORT", "")
        programs = self._process_spec.programs
        runtime, debugger = (
            self._loaded_function.function.runtime or "",
            self._loaded_function.debugger,
        )
        if debugger is not None:
            await debugger.wait_for_port(self.log)
        variables, programs = attach_debugger(variables, programs, runtime, debugger)
        if "AWS_LAMBDA_RUNTIME_API" in variables:
            programs += tuple((str(path),) for path in self._loaded_function.extensions)
        for program in map(self._wrap_in_sandbox, programs):
            await self._programs.start(
                program,
                files.working_folder,
                variables,
                namespace=files.namespace,
                limits_open_files=self._loaded_function.has_limits,
            )
        await self._race_with_exit(self._runtime.wait_until_ready())
        self._init_seconds = time.monotonic() - began
        self._request_id = _NO_REQUEST
        if self._provisioned:
            self._freeze()

    def _wrap_in_sandbox(self, program: tuple[str, ...]) -> tuple[str, ...]:
        """Return the command that starts a program, in the sandbox if there is one."""
        loaded_function = self._loaded_function
        if loaded_function.sandbox is None:
            return program
        try:
            return loaded_function.sandbox.build_command(
                program,
                readable=loaded_function.readable_paths,
                writable=self._folder,
                cwd=loaded_function.code,
            )
        except SandboxError as error:
            raise FunctionError("Runtime.InvalidEntrypoint", str(error)) from error

    async def run(self, invocation: Invocation, seconds: float) -> None:
        """Take an invocation to its end; a failure ends it, and is not raised.

        It gets so many seconds, and what is left of the environment's start is within them.
        Afterwards the environment is ready for the next one, or no longer `alive`.

        Raises:
            asyncio.TimeoutError: it took longer.
            FunctionError: The environment did not start.
        """
        ends = time.monotonic() + seconds
        # In the next turn: the event may be in the socket then, and the processes wake once.
        asyncio.get_running_loop().call_soon(self._programs.thaw)
        if not self.started.done():
            await asyncio.wait((self.started,), timeout=seconds)
        if not self.started.done():
            raise asyncio.TimeoutError
        self.started.result()
        assert self._runtime is not None  # noqa: S101  narrows the type: it has been started
        self._request_id = invocation.request_id
        invocation.deadline_ms = int((time.time() + self._loaded_function.timeout_seconds) * 1000)
        if self._loaded_function.logs_reports:
            self.log(format_start_line(invocation.request_id, self._loaded_function.version))
        try:
            await self._race_with_exit(self._runtime.run(invocation), ends - time.monotonic())
        except FunctionError as error:
            # The failure may be the first sign of a program's end, which then is the cause.
            is_truncated = error.error_type == TRUNCATED_RESPONSE
            seconds = _RUNTIME_EXIT_SECONDS if is_truncated else _EXIT_SECONDS
            await asyncio.wait((self._programs.death,), timeout=seconds)
            invocation.fail(error if self.is_alive else self._programs.death.result())
        for _ in range(3):  # the output before the response is in the pipe
            await asyncio.sleep(0)
        self._freeze()

    def _freeze(self) -> None:
        """Stop the processes until the next event, as Lambda does. Print once what stops with them.

        https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
        """
        if not self._loaded_function.freezes or self._runtime is None:
            return
        self._programs.freeze()
        if self._runtime.pending_work and not self._has_reported_pending_work:
            self._has_reported_pending_work = True
            work = ", ".join(self._runtime.pending_work)
            self.log(
                f"work was still running after the response ({work}). Lambda freezes it until the "
                "next invocation. Finish it before the handler returns, or pass --no-freeze."
            )

    def report(self, invocation: Invocation, seconds: float) -> None:
        """Write Lambda's last lines about an invocation, which took so long, onto the console."""
        self._request_id = invocation.request_id
        failure = invocation.failure
        timed_out = failure is not None and failure.error_type == "Sandbox.Timedout"
        if failure and timed_out:
            self.log(failure.message)
        if self._loaded_function.logs_reports:
            report = Report(
                request_id=invocation.request_id,
                duration_seconds=seconds,
                memory_mb=self._memory_mb,
                peak_mb=self._programs.measure_peak_megabytes(),
                init_seconds=self._init_seconds,
                status=("timeout" if timed_out else "error") if failure else None,
                error_type=failure.error_type if failure and not timed_out else None,
            )
            self._warn_of_memory(report.peak_mb, invocation.request_id)
            self.log(format_end_line(invocation.request_id))
            self.log(format_report_line(report))
        elif self._loaded_function.has_limits and not (self._memory_check or self._is_closing):
            # Not now: other responses of this gateway would wait for it.
            self._memory_check = asyncio.get_running_loop().call_later(
                _MEMORY_CHECK_SECONDS, self._check_memory
            )
        self._init_seconds = None
        self._request_id = _NO_REQUEST

    @property
    def _memory_mb(self) -> int:
        return self._loaded_function.function.memory_mb or FUNCTION_MEMORY_DEFAULT_MB

    def _check_memory(self) -> None:
        """Compare the peak of memory of all invocations until now with the function's memory."""
        if self._memory_check is not None:
            self._memory_check.cancel()
            self._memory_check = None
            self._warn_of_memory(self._programs.measure_peak_megabytes(), _NO_REQUEST)

    def _warn_of_memory(self, peak_mb: int | None, request_id: str) -> None:
        """Warn once that Lambda would have ended the function, which used more than its memory.

        The peak is that of the environment: any invocation before may have reached it.
        """
        exceeds = self._loaded_function.has_limits and (peak_mb or 0) > self._memory_mb
        if exceeds and not self._has_warned_of_memory:
            self._has_warned_of_memory = True
            self.log(
                f"the function used {peak_mb} MB of memory, and its MemorySize is "
                f"{self._memory_mb} MB. Lambda ends it there. Raise MemorySize.",
                request_id,
            )

    async def aclose(self, reason: str = "spindown") -> None:
        """End every process, and remove the files of the environment.

        Extensions that are registered for SHUTDOWN receive it with its reason (`spindown`,
        `timeout` or `failure`), and have two seconds to exit. The runtime receives SIGTERM; without
        extensions, it has one second.
        """
        self._is_closing = True
        self._check_memory()
        self.started.cancel()
        await asyncio.wait((self.started,))
        has_extensions = self._runtime.shut_down(reason) if self._runtime else False
        seconds = FUNCTION_SHUTDOWN_SECONDS if has_extensions else _TERM_SECONDS
        await self._programs.terminate(patience_seconds=seconds, ask_all=not has_extensions)
        await asyncio.gather(self.started, return_exceptions=True)
        await self._stack.aclose()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _race_with_exit(
        self, work: Coroutine[Any, Any, None], seconds: float | None = None
    ) -> None:
        """Do something with the runtime; a program's end ends it, and so does its time.

        Raises:
            asyncio.TimeoutError: it took longer.
            FunctionError: A program ended, or the work failed.
        """
        # A separate task for the work would cost each request two turns of the event loop.
        loop, task, death = asyncio.get_running_loop(), asyncio.current_task(), self._programs.death
        assert task is not None  # noqa: S101  a coroutine that runs is in a task
        timers: list[asyncio.TimerHandle] = []
        failures: list[Exception] = []

        def end(failure: Exception) -> None:
            failures.append(failure)
            task.cancel()

        def drain(death: asyncio.Future[FunctionError]) -> None:
            # Data that a process sent before it ended may still be in the sockets.
            for timer in timers:
                timer.cancel()
            timers.append(loop.call_later(_DRAIN_SECONDS, end, death.result()))

        if seconds is not None:
            timers.append(loop.call_later(seconds, end, asyncio.TimeoutError()))
        death.add_done_callback(drain)
        try:
            await work
        except asyncio.CancelledError:
            if not failures:
                raise
            if hasattr(task, "uncancel"):  # Python 3.11 counts cancellations
                task.uncancel()
            raise failures[0] from None
        finally:
            death.remove_done_callback(drain)
            for timer in timers:
                timer.cancel()
