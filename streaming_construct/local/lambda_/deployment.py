"""How the local gateway starts a function: its programs, their variables, and their runtime."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from streaming_construct.aws.limits import FUNCTION_TIMEOUT_DEFAULT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractAsyncContextManager

    from streaming_construct.local.lambda_.invocation import Invocation
    from streaming_construct.local.lambda_.processes.sandbox import Sandbox
    from streaming_construct.model.functions import Function


@dataclass(frozen=True, kw_only=True)
class LoadedFunction:
    """A function with its code and its layers as folders of this machine.

    Layers that hold nothing but what `requirements` name are left out: they are built for another
    platform. `python` is the folder that holds the `python` to run it with. `extensions` are the
    programs that layers bring to run beside the runtime. `command` is what runs in place of a
    container image. `credentials` are variables that let the function act as the caller of the
    gateway; none by default. `logs_reports`: whether Lambda's own lines about invocations are
    written. `freezes`: whether its processes stop between invocations, as Lambda's do. `sandbox`
    hides the home folder and other processes from its programs; none by default.
    """

    function: Function
    code: Path
    layers: tuple[Path, ...]
    requirements: tuple[Path, ...]
    python: Path
    extensions: tuple[Path, ...] = ()
    command: str = ""
    credentials: Mapping[str, str] = field(default_factory=dict)
    logs_reports: bool = True
    freezes: bool = True
    sandbox: Sandbox | None = None

    @property
    def name(self) -> str:
        """The name of the function; its logical id where the template gives none."""
        return self.function.name or self.function.id

    @property
    def display_name(self) -> str:
        """The name in messages: the construct path; the logical id where there is none."""
        origin = self.function.origin
        return origin.construct_path or origin.logical_id or self.name

    @property
    def arn(self) -> str:
        """The function's ARN; without one, an ARN in AWS's example account."""
        return self.function.arn or f"arn:aws:lambda:us-east-1:123456789012:function:{self.name}"

    @property
    def readable_paths(self) -> tuple[Path, ...]:
        """The folders and files of this machine that its programs need."""
        environment = self.python.parent
        is_virtual = (environment / "pyvenv.cfg").is_file()
        files = (Path(value) for value in self.credentials.values())
        return (
            self.code,
            *self.layers,
            environment if is_virtual else self.python,
            *(file for file in files if file.is_absolute() and file.is_file()),
        )

    @property
    def region(self) -> str:
        """The Region the function sees."""
        return self.arn.split(":")[3]

    @property
    def timeout_seconds(self) -> float:
        """The function's timeout; without one, Lambda's default."""
        return self.function.timeout_seconds or FUNCTION_TIMEOUT_DEFAULT_SECONDS


class Runtime(Protocol):
    """The side of an environment that speaks with its programs."""

    @property
    def variables(self) -> Mapping[str, str]:
        """The variables by which the programs reach the runtime."""

    @property
    def readiness_condition(self) -> str:
        """The condition on which `ready` returns."""

    @property
    def pending_work(self) -> tuple[str, ...]:
        """Work that goes on after the response, as far as the runtime reports it."""

    async def ready(self) -> None:
        """Wait until an event can be taken.

        Raises:
            FunctionError: the function reported that its initialization failed.
        """

    async def run(self, invocation: Invocation) -> None:
        """Take an invocation from its event to the end, and until the next one can be taken.

        Raises:
            FunctionError: the function failed, and the invocation does not know it yet.
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
