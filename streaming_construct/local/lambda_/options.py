"""`LambdaOptions`: how the local Lambda service runs functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from streaming_construct.local.lambda_.processes.sandbox import Sandbox

FileSystemMode = Literal["lambda", "host"]
"""Whether functions have Lambda's file system, or that of this machine."""


@dataclass(frozen=True, kw_only=True)
class LambdaOptions:
    """Options of the Lambda service.

    Args:
        inherit_credentials: Whether functions have the AWS credentials of the caller. Default: no.
        checks_roles: Whether the AWS calls of functions are checked with their roles. Functions
            then have no credentials of the caller: with `inherit_credentials`, the gateway forwards
            allowed calls to AWS. Default: no.
        allow_builds: Whether installers build packages that have no wheel, which runs code of the
            packages. Default: no.
        sandbox: Hides the home folder and other processes from functions. They then see the files
            of this machine at their own paths. Default: none.
        quiet: Whether Lambda's own lines about invocations (`START`, `END`, `REPORT`) are left out.
        freezes: Whether the processes of a function stop between its invocations, as Lambda's do.
        image_commands: The command for each container image, by the function's logical id.
        layers: The folder or zip file of each layer that the template only names, by its ARN.
        file_system: `lambda`: the code is read-only in `/var/task`, layers are in `/opt`, `/tmp` is
            the environment's own. `host`: functions see the files of this machine.
        max_environments: How many environments may be busy at once. Default: see
            `AccountConcurrency`.
        debug_ports: The port of the debugger for each function to debug, by its id.
        limits: Whether Lambda's limits of size and time apply. Default: they do.
    """

    inherit_credentials: bool = False
    checks_roles: bool = False
    allow_builds: bool = False
    sandbox: Sandbox | None = None
    quiet: bool = False
    freezes: bool = True
    image_commands: Mapping[str, str] = field(default_factory=dict)
    layers: Mapping[str, Path] = field(default_factory=dict)
    file_system: FileSystemMode = "lambda"
    max_environments: int | None = None
    debug_ports: Mapping[str, int] = field(default_factory=dict)
    limits: bool = True
