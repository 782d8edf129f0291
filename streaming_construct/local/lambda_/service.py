"""The Lambda service of one API: each function runs in its own processes, invoked by payload.

See `Invocation` for what an invocation gives back, `FunctionError` for how it fails.
"""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from streaming_construct.aws.lambda_runtimes import CUSTOMER_MANAGED_RUNTIME
from streaming_construct.aws.tenant_isolation import TENANT_ID_MAX_CHARACTERS, TENANT_ID_PATTERN
from streaming_construct.local.lambda_.environment_pool import EnvironmentPool
from streaming_construct.local.lambda_.environment_variables import caller_credentials
from streaming_construct.local.lambda_.invocation import (
    CallerContext,
    FunctionNotRunnableError,
    Invocation,
    TenantIdError,
)
from streaming_construct.local.lambda_.loaded_function import LoadedFunction
from streaming_construct.local.lambda_.packages.code_archive import (
    UnsafeArchiveError,
    extract_archive,
    write_inline_code,
)
from streaming_construct.local.lambda_.packages.host_python import host_python_dir
from streaming_construct.local.lambda_.packages.python_environment import (
    InstallError,
    python_environment,
)
from streaming_construct.local.lambda_.process_spec import ProcessSpec
from streaming_construct.local.lambda_.processes.reaper import Reaper
from streaming_construct.local.lambda_.runtimes import (
    container_image,
    nodejs,
    provided,
    web_adapter,
)
from streaming_construct.local.lambda_.runtimes import python as managed_python
from streaming_construct.local.lambda_.runtimes.provided import layer_extensions
from streaming_construct.model.unknown_element import describe_unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from streaming_construct.local.lambda_.processes.sandbox import Sandbox
    from streaming_construct.model.functions import Function


@dataclass(frozen=True, kw_only=True)
class LambdaOptions:
    """Options of the Lambda service.

    `inherit_credentials` gives functions the caller's AWS credentials. `image_commands` has a
    command for each container image that is to run, by the function's logical id. `allow_builds`
    lets installers build packages that have no wheel, which runs code of the packages. `sandbox`
    hides the home folder and other processes from functions. `quiet` leaves out Lambda's own lines
    about invocations (`START`, `END`, `REPORT`). `freezes` stops the processes of a function
    between its invocations, as Lambda does.
    """

    inherit_credentials: bool = False
    allow_builds: bool = False
    sandbox: Sandbox | None = None
    quiet: bool = False
    freezes: bool = True
    image_commands: Mapping[str, str] = field(default_factory=dict)


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
    ) -> None:
        self._functions = dict(functions)
        self._console = console
        self._options = options or LambdaOptions()
        self._reaper = Reaper()
        self._scratch = Path(tempfile.mkdtemp(prefix="streaming-construct-code-"))
        self._reaper.register_environment(self._scratch)
        self._pools: dict[str, EnvironmentPool] = {}
        self._retired: set[EnvironmentPool] = set()
        self._unavailable: dict[str, str] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._own_python = host_python_dir(self._scratch)
        self._to_install: list[Function] = []
        for function in functions.values():
            self._validate(function)

    def unavailable(self) -> Mapping[str, str]:
        """The ids of functions that cannot run here, with the reason."""
        return MappingProxyType(self._unavailable)

    async def prepare(self) -> None:
        """Install what Python functions require; the slow part, and nothing to do the next time.

        A function whose requirements cannot be installed becomes unavailable; the installer's
        words are on the console. Then what has provisioned concurrency begins to start.
        """
        waiting, self._to_install = self._to_install, []
        await asyncio.gather(*map(self._install, waiting))
        for pool in self._pools.values():
            pool.warm_up()

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
        payload: bytes,
        *,
        trace_id: str = "",
        caller: CallerContext | None = None,
    ) -> Invocation:
        """Invoke a function, and wait for the first bytes of its response.

        `trace_id` is the X-Ray trace header. It and `caller` reach the function beside its event.

        The function continues after a cancellation and after `Invocation.aclose`.

        Raises:
            FunctionError: The function failed before its response began.
            FunctionThrottled: The function has reached its limit of concurrent invocations.
            FunctionUnavailable: The function cannot run on this machine.
        """
        if function_id not in self._pools:
            raise FunctionNotRunnableError(
                self._unavailable.get(function_id, "there is no such function")
            )
        if self._functions[function_id].is_tenant_isolated:
            _check_tenant_id(caller.tenant_id if caller else "")
        invocation = Invocation(payload, trace_id=trace_id, caller=caller)
        task = asyncio.create_task(self._pools[function_id].run(invocation))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            await invocation.head()
        except asyncio.CancelledError:
            await invocation.aclose()
            raise
        return invocation

    async def aclose(self) -> None:
        """Stop every process and remove every file of this service; invocations end by an error."""
        pools = (*self._pools.values(), *self._retired)
        self._pools.clear()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await asyncio.gather(*(pool.aclose() for pool in pools))
        await asyncio.to_thread(shutil.rmtree, self._scratch, ignore_errors=True)
        self._reaper.unregister(self._scratch)
        self._reaper.close()

    def _validate(self, function: Function) -> None:
        """Deploy a function as it is; what it requires is for `prepare` to install."""
        try:
            loaded_function = self._load_function(function, self._own_python)
            self._deploy(loaded_function, _process_spec(loaded_function))
        except FunctionNotRunnableError as reason:
            self._refuse(function.id, str(reason))
        else:
            self._to_install += [function] * bool(loaded_function.requirements)

    async def _install(self, function: Function) -> None:
        """Deploy a function with what it requires; it becomes unavailable where that fails."""
        try:
            loaded_function = self._load_function(function, self._own_python)
            if loaded_function.requirements:
                python = await python_environment(
                    loaded_function.requirements,
                    self._console,
                    allow_builds=self._options.allow_builds,
                )
                loaded_function = dataclasses.replace(loaded_function, python=python)
            self._deploy(loaded_function, _process_spec(loaded_function))
        except FunctionNotRunnableError as reason:
            self._refuse(function.id, str(reason))
        except (InstallError, OSError, ValueError) as error:
            self._console(str(error))
            self._refuse(function.id, "its requirements could not be installed")

    def _deploy(self, loaded_function: LoadedFunction, process_spec: ProcessSpec) -> None:
        function_id = loaded_function.function.id
        self._remove(function_id)
        self._pools[function_id] = EnvironmentPool(
            loaded_function, process_spec, self._reaper, self._console
        )

    def _refuse(self, function_id: str, reason: str) -> None:
        self._remove(function_id)
        self._unavailable[function_id] = reason

    def _remove(self, function_id: str) -> None:
        self._unavailable.pop(function_id, None)
        if pool := self._pools.pop(function_id, None):
            pool.drain()
            self._retired = {retired for retired in (*self._retired, pool) if not retired.empty}

    def _load_function(self, function: Function, python: Path) -> LoadedFunction:
        credentials = caller_credentials() if self._options.inherit_credentials else {}
        reports = not self._options.quiet
        if is_customer_managed(function):
            function, command = container_image.with_command(function, self._options.image_commands)
        else:
            command = ""
        if function.unknown:
            raise FunctionNotRunnableError("; ".join(describe_unknown(function.unknown)))
        if function.image:
            loaded_function = container_image.load_function(
                function, self._options.image_commands, python=python, credentials=credentials
            )
            return dataclasses.replace(
                loaded_function,
                logs_reports=reports,
                freezes=self._options.freezes,
                sandbox=self._options.sandbox,
            )
        if function.code is None and function.inline_code is None:
            # The reader of the template knows better why.
            raise FunctionNotRunnableError(
                "Code: " + function.unresolved.get("Code", "the template names none")
            )
        try:
            code = self._code(function)
            layers = [
                extract_archive(layer.code, self._scratch)
                for layer in function.layers
                if layer.code
            ]
        except (OSError, UnsafeArchiveError) as error:
            raise FunctionNotRunnableError(f"its code cannot be read: {error}") from error
        files = [folder / "requirements.txt" for folder in (code, *layers)] * _is_python(function)
        requirements = tuple(file for file in files if file.is_file())
        return LoadedFunction(
            function=function,
            code=code,
            layers=tuple(
                layer for layer in layers if layer / "requirements.txt" not in requirements
            ),
            requirements=requirements,
            python=python,
            command=command,
            extensions=tuple(
                extension for layer in layers for extension in layer_extensions(layer)
            ),
            credentials=credentials,
            logs_reports=reports,
            freezes=self._options.freezes,
            sandbox=self._options.sandbox,
        )

    def _code(self, function: Function) -> Path:
        if function.code is not None:
            return extract_archive(function.code, self._scratch)
        return write_inline_code(function.inline_code or "", function.runtime or "", self._scratch)


def _check_tenant_id(tenant_id: str) -> None:
    """Raise `TenantIdError` if a text is not the id of a tenant."""
    if not tenant_id:
        raise TenantIdError("the function has tenant isolation, and the request has no tenant id")
    if len(tenant_id) > TENANT_ID_MAX_CHARACTERS or not TENANT_ID_PATTERN.fullmatch(tenant_id):
        raise TenantIdError(f"{tenant_id!r} is not the id of a tenant")


def _process_spec(loaded_function: LoadedFunction) -> ProcessSpec:
    """How to start a function of its kind."""
    function = loaded_function.function
    runtime = function.runtime or ""
    if function.image or is_customer_managed(function):
        return container_image.process_spec(loaded_function)
    if web_adapter.is_web_app(function):
        return web_adapter.process_spec(loaded_function)
    if runtime.startswith("nodejs"):
        return nodejs.process_spec(loaded_function)
    if _is_python(function):
        return managed_python.process_spec(loaded_function)
    if runtime.startswith("provided"):
        return provided.process_spec(loaded_function)
    raise FunctionNotRunnableError(f"the runtime {runtime or 'of no name'} is not run here")


def is_customer_managed(function: Function) -> bool:
    """Return whether a function has a customer-managed runtime, which is a container image."""
    return function.runtime == CUSTOMER_MANAGED_RUNTIME


def _is_python(function: Function) -> bool:
    return (function.runtime or "").startswith("python")
