"""Lambda, as far as one API needs it: functions in processes of their own, invoked with a payload.

See `Invocation` for what an invocation gives back, `FunctionError` for how it fails.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import zipfile
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from streaming_construct.local import managed_python, node, provided, web_adapter
from streaming_construct.local.environment_pool import EnvironmentPool
from streaming_construct.local.invocation import FunctionUnavailable, Invocation
from streaming_construct.local.launch import Deployment, Launch
from streaming_construct.local.own_python import own_python_folder
from streaming_construct.local.python_environment import (
    InstallError,
    python_environment,
)
from streaming_construct.local.unpacked import UnsafeArchiveError, unpacked, written_out

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from streaming_construct.knowledge.model import Function


class LambdaService:
    """Runs functions, each in as many environments as it has invocations at once.

    What functions print, and what takes long, goes to `console` line by line.
    """

    def __init__(
        self, functions: Mapping[str, Function], *, console: Callable[[str], None]
    ) -> None:
        self._functions = functions
        self._console = console
        self._scratch = Path(tempfile.mkdtemp(prefix="streaming-construct-code-"))
        self._pools: dict[str, EnvironmentPool] = {}
        self._unavailable: dict[str, str] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._deployments: dict[str, Deployment] = {}
        own_python = own_python_folder(self._scratch)
        for function in functions.values():
            self._deploy(function, own_python)

    def unavailable(self) -> Mapping[str, str]:
        """The ids of functions that cannot run here, with the reason."""
        return MappingProxyType(self._unavailable)

    async def prepare(self) -> None:
        """Install what Python functions require; the slow part, and nothing to do the next time.

        A function whose requirements cannot be installed becomes unavailable; the installer's
        words are on the console.
        """
        for function_id, deployment in tuple(self._deployments.items()):
            if not deployment.requirements:
                continue
            try:
                python = await python_environment(deployment.requirements, self._console)
            except (InstallError, OSError) as error:
                self._console(str(error))
                self._refuse(function_id, "its requirements could not be installed")
            else:
                self._deploy(deployment.function, python)

    async def invoke(self, function_id: str, payload: bytes) -> Invocation:
        """Run a function, wait for the first bytes of its response.

        Cancelled, or closed by `Invocation.aclose`, the function runs on to its end.

        Raises:
            FunctionError: it failed before its response began.
            FunctionUnavailable: it cannot run here.
        """
        if function_id not in self._pools:
            raise FunctionUnavailable(
                self._unavailable.get(function_id, "there is no such function")
            )
        invocation = Invocation(payload)
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
        pools = tuple(self._pools.values())
        self._pools.clear()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await asyncio.gather(*(pool.aclose() for pool in pools))
        await asyncio.to_thread(shutil.rmtree, self._scratch, ignore_errors=True)

    def _deploy(self, function: Function, python: Path) -> None:
        try:
            deployment = self._deployment(function, python)
            launch = _launch(deployment)
        except FunctionUnavailable as reason:
            self._refuse(function.id, str(reason))
        else:
            self._deployments[function.id] = deployment
            self._pools[function.id] = EnvironmentPool(deployment, launch, self._console)

    def _refuse(self, function_id: str, reason: str) -> None:
        self._unavailable[function_id] = reason
        self._pools.pop(function_id, None)

    def _deployment(self, function: Function, python: Path) -> Deployment:
        if function.image:
            raise FunctionUnavailable("it is a container image, which is not run here")
        if function.code is None and function.inline_code is None:
            # The reader of the template knows better why.
            raise FunctionUnavailable("; ".join(function.unresolved) or "its code is not known")
        try:
            code = self._code(function)
            layers = [
                unpacked(layer.code, self._scratch) for layer in function.layers if layer.code
            ]
        except (OSError, UnsafeArchiveError, zipfile.BadZipFile) as error:
            raise FunctionUnavailable(f"its code cannot be read: {error}") from error
        files = [folder / "requirements.txt" for folder in (code, *layers)] * _is_python(function)
        requirements = tuple(file for file in files if file.is_file())
        return Deployment(
            function=function,
            code=code,
            layers=tuple(
                layer for layer in layers if layer / "requirements.txt" not in requirements
            ),
            requirements=requirements,
            python=python,
        )

    def _code(self, function: Function) -> Path:
        if function.code is not None:
            return unpacked(function.code, self._scratch)
        return written_out(function.inline_code or "", function.runtime or "", self._scratch)


def _launch(deployment: Deployment) -> Launch:
    """How to start a function of its kind."""
    function = deployment.function
    runtime = function.runtime or ""
    if web_adapter.is_web_app(function):
        return web_adapter.launch(deployment)
    if runtime.startswith("nodejs"):
        return node.launch(deployment)
    if _is_python(function):
        return managed_python.launch(deployment)
    if runtime.startswith("provided"):
        return provided.launch(deployment)
    raise FunctionUnavailable(f"the runtime {runtime or 'of no name'} is not run here")


def _is_python(function: Function) -> bool:
    return (function.runtime or "").startswith("python")
