"""`CdkCli`: runs the CDK CLI as a child process.

https://docs.aws.amazon.com/cdk/v2/guide/cli.html
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from streaming_construct.verify.deployment.interruption import SignalWatch, end_process_group
from streaming_construct.verify.deployment.stack_options import StackOptions
from streaming_construct.verify.stack_outputs import STACK_ID

# The npm tag `latest` of aws-cdk is not a 2.x.
_PACKAGE: Final = "aws-cdk@2"
_TAIL_LINES: Final = 30


class CdkCliError(Exception):
    """The CDK CLI failed. The message contains the end of its output."""


def find_cdk_command() -> tuple[str, ...] | None:
    """Return the command of the CDK CLI: `cdk` of PATH, else npx. None without both."""
    if cdk := shutil.which("cdk"):
        return (cdk,)
    if npx := shutil.which("npx"):
        return (npx, "--yes", _PACKAGE)
    return None


@dataclass(frozen=True, kw_only=True)
class CdkCli:
    """The CDK CLI.

    Args:
        command: The command, without arguments.
        folder: A folder for the cloud assembly and the outputs.
        signals: Knows the running process.
        print_line: Receives each line of its output.
    """

    command: Sequence[str]
    folder: Path
    signals: SignalWatch
    print_line: Callable[[str], None]

    def deploy(self, options: StackOptions) -> Mapping[str, str]:
        """Deploy the stack and return its outputs.

        Raises:
            CdkCliError: The CLI failed, or wrote no outputs.
        """
        file = self.folder / "outputs.json"
        file.unlink(missing_ok=True)
        self._run(
            options,
            *("deploy", STACK_ID, "--require-approval", "never", "--progress", "events"),
            *("--outputs-file", str(file)),
        )
        try:
            outputs: Any = json.loads(file.read_text(encoding="utf-8"))
            return {str(name): str(value) for name, value in outputs[options.name_prefix].items()}
        except (OSError, ValueError, LookupError) as error:
            raise CdkCliError(f"The CDK CLI wrote no outputs of the stack: {error!r}.") from error

    def destroy(self, options: StackOptions) -> None:
        """Delete the stack. A stack that does not exist is no error.

        Raises:
            CdkCliError: The CLI failed.
        """
        self._run(options, "destroy", STACK_ID, "--force")

    def _run(self, options: StackOptions, *arguments: str) -> None:
        profile = ("--profile", options.profile) if options.profile else ()
        output = self.folder / "cdk.out"
        self._wait(
            [
                *self.command,
                *arguments,
                *("--app", options.app, "--output", str(output), "--no-notices"),
                *profile,
            ],
            {"AWS_REGION": options.region, "AWS_DEFAULT_REGION": options.region},
        )

    def _wait(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Run a command in a new process group: Ctrl-C of the terminal does not reach it."""
        child = subprocess.Popen(
            command,
            cwd=self.folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        tail: deque[str] = deque(maxlen=_TAIL_LINES)
        try:
            self.signals.child = child
            if self.signals.is_abandoned:
                end_process_group(child)
            assert child.stdout is not None  # noqa: S101 - stdout is a pipe
            for line in child.stdout:
                tail.append(line.rstrip())
                self.print_line(tail[-1])
            status = child.wait()
        finally:
            self.signals.child = None
            if child.poll() is None:
                end_process_group(child)
                child.wait()
        if status:
            raise CdkCliError("\n".join([f"The CDK CLI exited with status {status}.", *tail]))
