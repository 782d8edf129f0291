"""The environments of one function: one invocation each, reused, bounded in number."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from streaming_construct.aws.limits import FUNCTION_INIT_SECONDS
from streaming_construct.local.lambda_.execution_environment import ExecutionEnvironment
from streaming_construct.local.lambda_.invocation import (
    FunctionError,
    FunctionThrottledError,
    Invocation,
)
from streaming_construct.local.lambda_.log_lines import format_init_timeout_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from streaming_construct.local.lambda_.account_concurrency import AccountConcurrency
    from streaming_construct.local.lambda_.loaded_function import LoadedFunction
    from streaming_construct.local.lambda_.process_spec import ProcessSpec
    from streaming_construct.local.lambda_.processes.reaper import Reaper

_RETURN_SECONDS: Final = 0.05


class EnvironmentPool:
    """Runs invocations of one function, each in an environment that runs nothing else meanwhile.

    At most as many are busy as the function's reserved concurrency, else as `account` allows.
    """

    def __init__(
        self,
        loaded_function: LoadedFunction,
        process_spec: ProcessSpec,
        reaper: Reaper,
        console: Callable[[str], None],
        account: AccountConcurrency,
    ) -> None:
        self._account = account
        self._loaded_function = loaded_function
        self._process_spec = process_spec
        self._reaper = reaper
        self._console = console
        self._reserved = loaded_function.function.reserved_concurrency
        self._init_seconds = FUNCTION_INIT_SECONDS if loaded_function.has_limits else None
        self._idle: list[ExecutionEnvironment] = []
        self._all: set[ExecutionEnvironment] = set()
        self._busy: dict[ExecutionEnvironment, Invocation] = {}
        self._returned = asyncio.Event()
        self._closing: dict[ExecutionEnvironment, asyncio.Task[None]] = {}
        # The tenant that an environment belongs to, from its first invocation on.
        self._tenants: dict[ExecutionEnvironment, str] = {}
        self._retired = False
        self._one_at_a_time = asyncio.Lock()

    def warm_up(self) -> None:
        """Begin to start as many environments as the function has provisioned concurrency."""
        provisioned = min(self._loaded_function.function.provisioned_concurrency, self._most)
        for _ in range(provisioned - len(self._all)):
            self._idle.append(self._create_environment(is_provisioned=True))

    async def run(self, invocation: Invocation) -> None:
        """Take an invocation to its end; under a debugger, one after the other.

        Failures end the invocation and are not raised.
        """
        if self._loaded_function.debugger is None:
            await self._run(invocation)
        else:
            async with self._one_at_a_time:
                await self._run(invocation)

    async def _run(self, invocation: Invocation) -> None:
        """Take an invocation to its end, in every case; failures end it and are not raised.

        An environment is started where none is idle. Its initialization gets ten seconds; if that
        was not enough it is ended, and repeated within the function's timeout, as Lambda does.
        """
        environment: ExecutionEnvironment | None = None
        is_usable = False
        began = time.monotonic()
        try:
            environment = await self._acquire_environment(invocation.caller.tenant_id)
            self._busy[environment] = invocation
            self._tenants[environment] = invocation.caller.tenant_id
            environment = await self._wait_initialized(environment, invocation)
            began = time.monotonic()
            await environment.run(invocation, self._loaded_function.timeout_seconds)
            is_usable = True
        except asyncio.TimeoutError:
            if invocation.is_complete:
                self._log_error(invocation, self._create_timeout_error(environment))
            invocation.fail(self._create_timeout_error(environment))
        except FunctionError as error:
            invocation.fail(error)
        except (OSError, ValueError, LookupError) as error:
            # The machine's own: no room for files, no process or socket left. Or the function's:
            # an invalid name, ARN or variable.
            invocation.fail(FunctionError("Sandbox.Failure", f"the environment failed: {error}"))
        finally:
            invocation.fail(FunctionError("Sandbox.Failure", "the environment was closed"))
            if invocation.abandoned and invocation.failure:
                self._log_error(invocation, invocation.failure)
            if environment:
                environment.report(invocation, time.monotonic() - began)
                self._release(environment, is_usable=is_usable, failure=invocation.failure)

    def drain(self) -> None:
        """Take no more: what is idle ends now, what is busy when its invocation is over."""
        self._retired = True
        while self._idle:
            self._discard(self._idle.pop())

    @property
    def is_empty(self) -> bool:
        """Whether no environment is left."""
        return not self._all

    async def aclose(self) -> None:
        """Stop every environment."""
        self._idle.clear()
        await asyncio.gather(*map(self._discard, tuple(self._all)))

    async def _acquire_environment(self, tenant_id: str) -> ExecutionEnvironment:
        """Return the idle environment of the tenant that was used last, or a new one that starts.

        An environment without an invocation belongs to no tenant yet.

        Raises:
            FunctionThrottledError: The maximum number of environments are busy.
        """
        usable = self._list_usable(tenant_id)
        if not usable and any(invocation.is_complete for invocation in self._busy.values()):
            # An environment that has responded is free sooner than a new one has started.
            self._returned.clear()
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._returned.wait(), _RETURN_SECONDS)
            usable = self._list_usable(tenant_id)
        self._reserve()
        try:
            while usable:
                environment = usable.pop()
                self._idle.remove(environment)
                if environment.is_alive:
                    return environment
                self._discard(environment)
            if self._idle and len(self._busy) + len(self._idle) >= self._most:
                # Those of other tenants, the one used longest ago first.
                self._discard(self._idle.pop(0))
            return self._create_environment()
        except (OSError, ValueError, LookupError):
            self._release_reservation()
            raise

    @property
    def _most(self) -> int:
        """How many environments of the function may be busy at once."""
        return self._account.most if self._reserved is None else self._reserved

    def _reserve(self) -> None:
        """Count one more busy environment.

        Raises:
            FunctionThrottledError: The maximum number of environments are busy.
        """
        if self._reserved is None:
            if not self._account.acquire():
                most, reason = self._account.most, self._account.reason
                message = f"Rate Exceeded: {most} environments are busy, {reason}"
                raise FunctionThrottledError(message)
        elif len(self._busy) >= self._reserved:
            reason = "the reserved concurrency of the function"
            message = f"Rate Exceeded: {self._reserved} environments are busy, {reason}"
            raise FunctionThrottledError(message)

    def _release_reservation(self) -> None:
        if self._reserved is None:
            self._account.release()

    def _list_usable(self, tenant_id: str) -> list[ExecutionEnvironment]:
        """Return the idle environments that may serve a tenant."""
        return [
            environment
            for environment in self._idle
            if self._tenants.get(environment, tenant_id) == tenant_id
        ]

    async def _wait_initialized(
        self, environment: ExecutionEnvironment, invocation: Invocation
    ) -> ExecutionEnvironment:
        """Return the environment, or a new one if its initialization took too long."""
        if not environment.started.done():
            await asyncio.wait((environment.started,), timeout=self._init_seconds)
        if environment.started.done():
            return environment
        environment.log(format_init_timeout_line(FUNCTION_INIT_SECONDS))
        del self._busy[environment]
        self._discard(environment, "timeout")
        environment = self._create_environment()
        self._busy[environment] = invocation
        self._tenants[environment] = invocation.caller.tenant_id
        return environment

    def _create_environment(self, *, is_provisioned: bool = False) -> ExecutionEnvironment:
        environment = ExecutionEnvironment(
            self._loaded_function,
            self._process_spec,
            self._reaper,
            self._console,
            is_provisioned=is_provisioned,
        )
        self._all.add(environment)
        return environment

    def _release(
        self, environment: ExecutionEnvironment, *, is_usable: bool, failure: FunctionError | None
    ) -> None:
        self._busy.pop(environment, None)
        self._release_reservation()
        if is_usable and environment.is_alive and not self._retired:
            self._idle.append(environment)
            self._returned.set()
        else:
            timed_out = failure is not None and failure.error_type == "Sandbox.Timedout"
            reason = "timeout" if timed_out else "failure" if failure else "spindown"
            self._discard(environment, reason)

    def _discard(
        self, environment: ExecutionEnvironment, reason: str = "spindown"
    ) -> asyncio.Task[None]:
        """Begin to close an environment, unless that has begun."""
        if environment not in self._closing:
            task = asyncio.create_task(environment.aclose(reason))
            self._closing[environment] = task
            task.add_done_callback(lambda _: self._remove_environment(environment))
        return self._closing[environment]

    def _remove_environment(self, environment: ExecutionEnvironment) -> None:
        self._all.discard(environment)
        self._tenants.pop(environment, None)
        self._closing.pop(environment, None)

    def _log_error(self, invocation: Invocation, error: FunctionError) -> None:
        """Print failures that no caller receives."""
        request_id = invocation.request_id[:8]
        self._console(
            f"[{self._loaded_function.display_name} {request_id}] with no client left: {error}"
        )

    def _create_timeout_error(self, environment: ExecutionEnvironment | None) -> FunctionError:
        seconds = self._loaded_function.timeout_seconds
        message = f"Task timed out after {seconds:.2f} seconds"
        if environment and environment.readiness_condition:
            message += (
                f" and {FUNCTION_INIT_SECONDS} of initialization: {environment.readiness_condition}"
            )
        return FunctionError("Sandbox.Timedout", message)
