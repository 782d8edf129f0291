"""The Lambda service of one API: each function runs in its own processes, invoked by payload.

See `Invocation` for what an invocation gives back, `FunctionError` for how it fails.
"""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
import tempfile
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from streaming_construct.aws.tenant_isolation import TENANT_ID_MAX_CHARACTERS, TENANT_ID_PATTERN
from streaming_construct.local.lambda_.account_concurrency import AccountConcurrency
from streaming_construct.local.lambda_.debugging.debugger import Debugger
from streaming_construct.local.lambda_.debugging.launch_configuration import list_launch_messages
from streaming_construct.local.lambda_.environment_pool import EnvironmentPool
from streaming_construct.local.lambda_.failure_hints import FailureHints
from streaming_construct.local.lambda_.function_loader import FunctionLoader
from streaming_construct.local.lambda_.invocation import (
    CallerContext,
    Event,
    FunctionNotRunnableError,
    Invocation,
    TenantIdError,
)
from streaming_construct.local.lambda_.loaded_function import LATEST, LoadedFunction
from streaming_construct.local.lambda_.options import LambdaOptions
from streaming_construct.local.lambda_.packages.install_progress import InstallProgress
from streaming_construct.local.lambda_.packages.python_environment import InstallError
from streaming_construct.local.lambda_.process_spec import ProcessSpec
from streaming_construct.local.lambda_.processes.mount_namespace import TASK_ROOT
from streaming_construct.local.lambda_.processes.reaper import Reaper
from streaming_construct.local.lambda_.processes.reaper_process import remove_folder
from streaming_construct.local.lambda_.runtimes import (
    container_image,
    nodejs,
    provided,
    web_adapter,
)
from streaming_construct.local.lambda_.runtimes import python as managed_python

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from streaming_construct.model.functions import Function
    from streaming_construct.terminal import ShowStatus


class LambdaService:
    """Runs functions, each in one execution environment per concurrent invocation.

    The output of functions, and messages on slow steps, go to `console` line by line.
    """

    def __init__(
        self,
        functions: Mapping[str, Function],
        *,
        console: Callable[[str], None],
        options: LambdaOptions | None = None,
        source_of: Callable[[Path], Path | None] = lambda _: None,
        show_status: ShowStatus | None = None,
    ) -> None:
        self._source_of = source_of
        self._functions = dict(functions)
        self._console = console
        options = options or LambdaOptions()
        self._debug_ports = options.debug_ports
        self._reaper = Reaper()
        self._scratch = Path(tempfile.mkdtemp(prefix="streaming-construct-code-"))
        self._reaper.register_environment(self._scratch)
        progress = InstallProgress(console, show_status)
        self._loader = FunctionLoader(options, self._scratch, progress)
        self._hints = FailureHints(self._loader.isolation_problem)
        self._account = AccountConcurrency(options.max_environments)
        self._loaded: dict[str, LoadedFunction] = {}
        self._pools: dict[tuple[str, str], EnvironmentPool] = {}
        self._retired: set[EnvironmentPool] = set()
        self._debugged_functions: dict[str, LoadedFunction] = {}
        self._unavailable: dict[str, str] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._to_install: list[Function] = []
        for function in functions.values():
            self._validate(function)

    @property
    def notes(self) -> tuple[str, ...]:
        """Return lines about differences from Lambda; complete after `prepare`."""
        lines = [line for notes in self._loader.notes.values() for line in notes]
        if self._loader.isolation_problem:
            lines.append(
                "functions see the files of this machine, with a read-only copy of their code: "
                f"{self._loader.isolation_problem}"
            )
        return tuple(dict.fromkeys(lines))

    def list_unavailable(self) -> Mapping[str, str]:
        """Return the reason for each function that cannot run here, by its id."""
        return MappingProxyType(self._unavailable)

    def list_debug_messages(self) -> Iterator[str]:
        """Yield how editors attach to the debuggers of functions."""
        for loaded_function in self._debugged_functions.values():
            debugger = loaded_function.debugger
            if debugger is not None and loaded_function.function.id in self._loaded:
                yield from list_launch_messages(
                    loaded_function.display_name,
                    loaded_function.function.runtime or "",
                    debugger.port,
                    debugger.source,
                    TASK_ROOT if loaded_function.is_isolated else loaded_function.code,
                )

    async def prepare(self) -> None:
        """Install what Python functions require; the slow part, and nothing to do the next time.

        A function whose requirements cannot be installed becomes unavailable; the installer's
        words are on the console. Then what has provisioned concurrency begins to start.
        """
        waiting, self._to_install = self._to_install, []
        await asyncio.gather(*map(self._install, waiting))
        for function_id, loaded in self._loaded.items():
            if loaded.function.provisioned_concurrency:
                version = next(iter(loaded.function.versions.values()), LATEST)
                self._get_pool(function_id, version).warm_up()

    async def redeploy(self, functions: Mapping[str, Function]) -> None:
        """Replace the functions.

        An unchanged function keeps its environments. Invocations in progress finish in their old
        environments.
        """
        for function_id in self._functions.keys() - functions.keys():
            self._remove(function_id)
        for function_id, function in functions.items():
            if function != self._functions.get(function_id):
                await self._install(function)
        self._functions = dict(functions)
        await self.prepare()

    async def invoke(
        self,
        function_id: str,
        event: Event,
        *,
        trace_id: str = "",
        caller: CallerContext | None = None,
        qualifier: str | None = None,
    ) -> Invocation:
        """Invoke a function, and wait for the first bytes of its response.

        `trace_id` is the X-Ray trace header. It and `caller` reach the function beside its event.
        `qualifier` is a version or an alias: each version has its own environments.

        The function continues after a cancellation and after `Invocation.aclose`.

        Raises:
            FunctionError: The function failed before its response began.
            FunctionThrottledError: The function has reached its limit of concurrent invocations.
            FunctionNotRunnableError: The function cannot run on this machine.
        """
        if function_id not in self._loaded:
            raise FunctionNotRunnableError(
                self._unavailable.get(function_id, "there is no such function")
            )
        loaded = self._loaded[function_id]
        if loaded.function.is_tenant_isolated:
            _check_tenant_id(caller.tenant_id if caller else "")
        version = LATEST
        if qualifier and qualifier != LATEST:
            version = loaded.function.versions.get(qualifier, qualifier)
        invocation = Invocation(
            event,
            trace_id=create_trace_header(trace_id, loaded.function.tracing),
            caller=caller,
            function_arn=f"{loaded.arn}:{qualifier}" if qualifier else loaded.arn,
        )
        loop = asyncio.get_running_loop()
        task = loop.create_task(self._get_pool(function_id, version).run(invocation))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            await invocation.wait_for_head()
        except asyncio.CancelledError:
            await invocation.aclose()
            raise
        return invocation

    async def aclose(self) -> None:
        """Stop every process and remove every file of this service; invocations end by an error."""
        pools = (*self._pools.values(), *self._retired)
        self._pools.clear()
        self._loaded.clear()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await asyncio.gather(*(pool.aclose() for pool in pools))
        await asyncio.to_thread(remove_folder, self._scratch)
        self._reaper.unregister(self._scratch)
        self._reaper.close()

    def _get_pool(self, function_id: str, version: str) -> EnvironmentPool:
        """Return the environments of a version, which have its number in their variables."""
        key = (function_id, version)
        if key not in self._pools:
            loaded = dataclasses.replace(self._loaded[function_id], version=version)
            self._pools[key] = EnvironmentPool(
                loaded, _create_process_spec(loaded), self._reaper, self._print, self._account
            )
        return self._pools[key]

    def _print(self, line: str) -> None:
        """Print a line of a function, and the hint for it if there is one."""
        self._console(line)
        if hint := self._hints.find(line):
            self._console(hint)

    def _validate(self, function: Function) -> None:
        """Deploy a function as it is; `prepare` installs its packages."""
        try:
            loaded = self._loader.load(function)
            self._deploy(loaded)
        except FunctionNotRunnableError as reason:
            self._mark_unavailable(function.id, str(reason))
        else:
            self._to_install += [function] * self._loader.is_installation_needed(loaded)

    async def _install(self, function: Function) -> None:
        """Deploy a function with its packages; without them it becomes unavailable."""
        try:
            loaded = self._loader.load(function)
            self._deploy(await self._loader.install(loaded))
        except FunctionNotRunnableError as reason:
            self._mark_unavailable(function.id, str(reason))
        except (InstallError, OSError, ValueError) as error:
            self._console(str(error))
            self._mark_unavailable(function.id, "the requirements could not be installed")

    def _deploy(self, loaded: LoadedFunction) -> None:
        function_id = loaded.function.id
        if function_id in self._debug_ports:
            loaded = self._attach_debugger(loaded)
            self._debugged_functions[function_id] = loaded
        _create_process_spec(loaded)  # raises if the function cannot run
        self._remove(function_id)
        self._loaded[function_id] = loaded

    def _attach_debugger(self, loaded_function: LoadedFunction) -> LoadedFunction:
        """Return a function with a debugger: one environment, started at once, without limits."""
        function = loaded_function.function
        source = self._source_of(function.code) if function.code else None
        port = self._debug_ports[function.id]
        is_node = (function.runtime or "").startswith("nodejs")
        return dataclasses.replace(
            loaded_function,
            function=dataclasses.replace(
                function, reserved_concurrency=1, provisioned_concurrency=1
            ),
            debugger=Debugger(port=port, source=source),
            freezes=False,
            has_limits=False,
            # The packages of the debugger and the source files are files of this machine.
            is_isolated=loaded_function.is_isolated and is_node,
        )

    def _mark_unavailable(self, function_id: str, reason: str) -> None:
        self._remove(function_id)
        self._unavailable[function_id] = reason

    def _remove(self, function_id: str) -> None:
        self._unavailable.pop(function_id, None)
        self._loaded.pop(function_id, None)
        for key in [key for key in self._pools if key[0] == function_id]:
            pool = self._pools.pop(key)
            pool.drain()
            self._retired = {retired for retired in (*self._retired, pool) if not retired.is_empty}


def create_trace_header(header: str, tracing: str | None) -> str:
    """Return the trace header for a function with a tracing mode; unchanged without one.

    `Active` samples what nothing upstream decided, `PassThrough` does not.
    https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
    """
    if not header or tracing is None or "Sampled=" in header:
        return header
    parent = "" if "Parent=" in header else f";Parent={secrets.token_hex(8)}"
    return f"{header}{parent};Sampled={int(tracing == 'Active')}"


def _check_tenant_id(tenant_id: str) -> None:
    """Raise `TenantIdError` if a text is not the id of a tenant."""
    if not tenant_id:
        raise TenantIdError("the function has tenant isolation, and the request has no tenant id")
    if len(tenant_id) > TENANT_ID_MAX_CHARACTERS or not TENANT_ID_PATTERN.fullmatch(tenant_id):
        raise TenantIdError(f"{tenant_id!r} is not the id of a tenant")


def _create_process_spec(loaded_function: LoadedFunction) -> ProcessSpec:
    """Return the programs and the runtime of a function of its kind."""
    function = loaded_function.function
    runtime = function.runtime or ""
    if function.is_container_image or container_image.is_customer_managed(function):
        return container_image.create_process_spec(loaded_function)
    if web_adapter.is_web_app(function):
        return web_adapter.create_process_spec(loaded_function)
    if runtime.startswith("nodejs"):
        return nodejs.create_process_spec(loaded_function)
    if _is_python(function):
        return managed_python.create_process_spec(loaded_function)
    if runtime.startswith("provided"):
        return provided.create_process_spec(loaded_function)
    raise FunctionNotRunnableError(
        f"the runtime {runtime or 'of no name'} does not run locally. Python, Node.js, provided "
        "runtimes and container images do"
    )


def _is_python(function: Function) -> bool:
    return (function.runtime or "").startswith("python")
