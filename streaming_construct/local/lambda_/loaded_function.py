"""`LoadedFunction`: a function with its code and layers on this machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from streaming_construct.aws.limits import FUNCTION_TIMEOUT_DEFAULT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streaming_construct.local.lambda_.debugging.debugger import Debugger
    from streaming_construct.local.lambda_.processes.sandbox import Sandbox
    from streaming_construct.model.functions import Function

LATEST: Final = "$LATEST"
"""The version of a function that is invoked without a version or an alias."""


@dataclass(frozen=True, kw_only=True)
class LoadedFunction:
    """A function with its code and its layers as folders of this machine.

    Attributes:
        function: The function of the API model.
        code: The folder with its code.
        layers: The folders of its layers, without layers that contain only `requirements`. Those
            are built for another platform.
        requirements: The requirement files to install for this platform.
        python: The folder with the `python` that runs it.
        extensions: The external extensions in its layers.
        command: The command that runs instead of a container image. Default: none.
        credentials: Environment variables with the credentials of the user. Default: none.
        logs_reports: Whether to write the lines that Lambda logs about invocations.
        freezes: Whether its processes stop between invocations, as on Lambda.
        debugger: The debugger that its programs start under. Default: none.
        sandbox: Hides the home folder and other processes from its processes. Default: none.
        version: The version that `AWS_LAMBDA_FUNCTION_VERSION` names.
        sdk: A folder with the packages that Lambda's runtime brings and the function lacks.
        node: The folder with the `node` of a Node.js function, for web apps that a script starts.
        is_isolated: Whether its processes see Lambda's file system.
        has_limits: Whether Lambda's limits of size and time apply.
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
    debugger: Debugger | None = None
    sandbox: Sandbox | None = None
    version: str = LATEST
    sdk: Path | None = None
    node: Path | None = None
    is_isolated: bool = False
    has_limits: bool = True

    @property
    def name(self) -> str:
        """The name of the function; without one, its logical id."""
        return self.function.name or self.function.id

    @property
    def display_name(self) -> str:
        """The name in messages: the construct path; without one, the logical id."""
        origin = self.function.origin
        return origin.construct_path or origin.logical_id or self.name

    @property
    def arn(self) -> str:
        """The function's ARN; without one, an ARN in AWS's example account."""
        return self.function.arn or f"arn:aws:lambda:us-east-1:123456789012:function:{self.name}"

    @property
    def readable_paths(self) -> tuple[Path, ...]:
        """The folders and files of this machine that its processes read."""
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
        """The Region of the function."""
        return self.arn.split(":")[3]

    @property
    def timeout_seconds(self) -> float:
        """The function's timeout; without one, Lambda's default."""
        return self.function.timeout_seconds or FUNCTION_TIMEOUT_DEFAULT_SECONDS
