"""Functions that are container images: run by a command for this machine.

The gateway does not run the image. The user passes a command instead: the program of the image,
started in the working directory of the gateway. It may be a web app that listens on PORT, as behind
the Lambda Web Adapter, or a program with a runtime client. Its first action decides which.
"""

from __future__ import annotations

import asyncio
import dataclasses
import re
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from streaming_construct.aws.lambda_runtimes import CUSTOMER_MANAGED_RUNTIME
from streaming_construct.local.lambda_.invocation import FunctionNotRunnableError, Invocation
from streaming_construct.local.lambda_.loaded_function import LoadedFunction
from streaming_construct.local.lambda_.process_spec import ProcessSpec, Runtime
from streaming_construct.local.lambda_.runtime_api import serve_runtime_api
from streaming_construct.local.lambda_.runtimes.web_adapter import create_emulated_adapter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from streaming_construct.model.functions import Function

_ASSIGNMENT: Final = re.compile(r"\s*([A-Za-z_]\w*)=(\S*)\s+")


def load_function(
    function: Function, commands: Mapping[str, str], *, python: Path, credentials: Mapping[str, str]
) -> LoadedFunction:
    """Return the function with its command; `NAME=VALUE` before it are environment variables.

    Raises:
        FunctionNotRunnableError: There is no command for the function.
    """
    function, command = set_command(function, commands)
    return LoadedFunction(
        function=function,
        code=Path.cwd(),
        layers=(),
        requirements=(),
        python=python,
        command=command,
        credentials=credentials,
    )


def is_customer_managed(function: Function) -> bool:
    """Return whether a function has a customer-managed runtime, which is a container image."""
    return function.runtime == CUSTOMER_MANAGED_RUNTIME


def set_command(function: Function, commands: Mapping[str, str]) -> tuple[Function, str]:
    """Return the function with the variables before its command, and the command.

    Raises:
        FunctionNotRunnableError: The options have no command for it.
    """
    name = function.origin.logical_id or function.id
    command = commands.get(name, "")
    if not command.strip():
        kind = "function" if function.is_container_image else "runtime"
        raise FunctionNotRunnableError(
            f"the {kind} is a container image, which the gateway does not run. Pass the command to "
            f"run in its place: --image-command {name}='python -m uvicorn app:app --port $PORT'"
        )
    assigned = {}
    while assignment := _ASSIGNMENT.match(command):
        assigned[assignment[1]] = assignment[2]
        command = command[assignment.end() :]
    environment = {**function.environment, **assigned}
    return dataclasses.replace(function, environment=environment), command


def create_process_spec(loaded_function: LoadedFunction) -> ProcessSpec:
    """Return the command as the program. A shell fills in `$PORT` and other variables."""
    program = ("/bin/sh", "-c", f"exec {loaded_function.command}")
    return ProcessSpec(programs=(program,), runtime=partial(_start_either, loaded_function))


@asynccontextmanager
async def _start_either(loaded_function: LoadedFunction) -> AsyncIterator[AutoDetectedRuntime]:
    async with (
        serve_runtime_api(loaded_function) as api,
        create_emulated_adapter(loaded_function) as adapter,
    ):
        yield AutoDetectedRuntime(api, adapter)


class AutoDetectedRuntime:
    """The Runtime API and the Web Adapter for one program, until one of them has worked."""

    def __init__(self, api: Runtime, adapter: Runtime) -> None:
        self._runtimes = (api, adapter)
        self._chosen = adapter
        self.variables = {**api.variables, **adapter.variables}

    @property
    def readiness_condition(self) -> str:
        """The condition that makes the environment ready."""
        return " or ".join(runtime.readiness_condition for runtime in self._runtimes)

    @property
    def pending_work(self) -> tuple[str, ...]:
        """The work after the response that the runtime reports."""
        return self._chosen.pending_work

    async def wait_until_ready(self) -> None:
        """Wait until the program asks for an event, or responds as a web app.

        Raises:
            FunctionError: The function reported an error of its initialization.
        """
        waiting = {
            asyncio.create_task(runtime.wait_until_ready()): runtime for runtime in self._runtimes
        }
        try:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
        first = next(task for task in waiting if task in done)
        await first
        self._chosen = waiting[first]

    async def run(self, invocation: Invocation) -> None:
        """Take an invocation to its end with the runtime that worked.

        Raises:
            FunctionError: The function failed, and the invocation does not know it yet.
        """
        await self._chosen.run(invocation)

    def shut_down(self, reason: str) -> bool:
        """Send SHUTDOWN to the extensions that registered for it; return whether there are any."""
        return self._runtimes[0].shut_down(reason)
