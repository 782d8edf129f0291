"""The environments of one function: one invocation each, reused, bounded in number."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from streaming_construct.knowledge.limits import FUNCTION_INIT_SECONDS
from streaming_construct.local.environment import Environment
from streaming_construct.local.invocation import FunctionError, Invocation

if TYPE_CHECKING:
    from collections.abc import Callable

    from streaming_construct.local.launch import Deployment, Launch

MAX_ENVIRONMENTS: Final = 10
_RETURN_SECONDS: Final = 0.05


class EnvironmentPool:
    """Runs invocations of one function, each in an environment that runs nothing else meanwhile."""

    def __init__(
        self, deployment: Deployment, launch: Launch, console: Callable[[str], None]
    ) -> None:
        self._deployment = deployment
        self._launch = launch
        self._console = console
        self._idle: list[Environment] = []
        self._all: set[Environment] = set()
        self._busy: dict[Environment, Invocation] = {}
        self._returned = asyncio.Event()
        self._closing: dict[Environment, asyncio.Task[None]] = {}

    async def run(self, invocation: Invocation) -> None:
        """Take an invocation to its end, in every case; failures end it and are not raised.

        An environment is started where none is idle. Its initialization gets ten seconds, and
        then goes on within the function's timeout.
        """
        environment: Environment | None = None
        usable = False
        try:
            environment = await self._environment()
            self._busy[environment] = invocation
            await asyncio.wait((environment.started,), timeout=FUNCTION_INIT_SECONDS)
            timeout = self._deployment.timeout_seconds
            await asyncio.wait_for(_work(environment, invocation), timeout)
            usable = True
        except asyncio.TimeoutError:
            if invocation.responded:
                self._tell(invocation, self._timed_out(environment))
            invocation.fail(self._timed_out(environment))
        except FunctionError as error:
            invocation.fail(error)
        except OSError as error:
            # The machine's own: no room for its files, no process or socket left.
            invocation.fail(FunctionError("Sandbox.Failure", f"the environment failed: {error}"))
        finally:
            invocation.fail(FunctionError("Sandbox.Failure", "the environment was closed"))
            if invocation.abandoned and invocation.failure:
                self._tell(invocation, invocation.failure)
            if environment:
                self._release(environment, usable=usable)

    async def aclose(self) -> None:
        """Stop every environment."""
        self._idle.clear()
        await asyncio.gather(*map(self._discard, tuple(self._all)))

    async def _environment(self) -> Environment:
        """An idle environment, the one used last first, or a new one on its way up."""
        if not self._idle and any(invocation.responded for invocation in self._busy.values()):
            # One that has answered is about to ask for more: sooner than another is started.
            self._returned.clear()
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._returned.wait(), _RETURN_SECONDS)
        while self._idle:
            environment = self._idle.pop()
            if environment.alive:
                return environment
            self._discard(environment)
        if len(self._all) >= MAX_ENVIRONMENTS:
            message = f"Rate Exceeded: {MAX_ENVIRONMENTS} environments are busy, the most run here"
            raise FunctionError("TooManyRequestsException", message)
        environment = Environment(self._deployment, self._launch, self._console)
        self._all.add(environment)
        return environment

    def _release(self, environment: Environment, *, usable: bool) -> None:
        del self._busy[environment]
        if usable and environment.alive:
            self._idle.append(environment)
            self._returned.set()
        else:
            self._discard(environment)

    def _discard(self, environment: Environment) -> asyncio.Task[None]:
        """Begin to close an environment, unless that has begun."""
        if environment not in self._closing:
            task = asyncio.create_task(environment.aclose())
            self._closing[environment] = task
            task.add_done_callback(lambda _: self._closed(environment))
        return self._closing[environment]

    def _closed(self, environment: Environment) -> None:
        self._all.discard(environment)
        self._closing.pop(environment, None)

    def _tell(self, invocation: Invocation, error: FunctionError) -> None:
        """Say on the console what no caller hears of."""
        request_id = invocation.request_id[:8]
        self._console(f"[{self._deployment.name} {request_id}] with no client left: {error}")

    def _timed_out(self, environment: Environment | None) -> FunctionError:
        seconds = self._deployment.timeout_seconds
        message = f"Task timed out after {seconds:.2f} seconds"
        if environment and environment.awaited:
            message += f" and {FUNCTION_INIT_SECONDS} of initialization: {environment.awaited}"
        return FunctionError("Sandbox.Timedout", message)


async def _work(environment: Environment, invocation: Invocation) -> None:
    await asyncio.shield(environment.started)
    await environment.run(invocation)
