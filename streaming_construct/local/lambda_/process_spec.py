"""The processes of an execution environment, and their runtime."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from streaming_construct.local.lambda_.invocation import Invocation


class Runtime(Protocol):
    """The side of an environment that speaks with its programs."""

    @property
    def variables(self) -> Mapping[str, str]:
        """The variables by which the programs reach the runtime."""

    @property
    def readiness_condition(self) -> str:
        """The condition on which `wait_until_ready` returns."""

    @property
    def pending_work(self) -> tuple[str, ...]:
        """The work after the response that the runtime reports."""

    async def wait_until_ready(self) -> None:
        """Wait until an event can be taken.

        Raises:
            FunctionError: The function reported that its initialization failed.
        """

    async def run(self, invocation: Invocation) -> None:
        """Take an invocation from its event to the end, and until the next one can be taken.

        Raises:
            FunctionError: The function failed, and the invocation does not know it yet.
        """

    def shut_down(self, reason: str) -> bool:
        """Send SHUTDOWN to the extensions that registered for it; return whether there are any."""


@dataclass(frozen=True, kw_only=True)
class ProcessSpec:
    """The programs of an environment, as argument lists, and their runtime.

    `variables` come on top of those every Lambda function has, `path` in front of PATH.
    """

    programs: tuple[tuple[str, ...], ...]
    runtime: Callable[[], AbstractAsyncContextManager[Runtime]]
    variables: Mapping[str, str] = field(default_factory=dict)
