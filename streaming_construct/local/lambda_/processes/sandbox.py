"""A sandbox for the programs of a function: bubblewrap, on Linux.

A program in the sandbox sees the system's own folders, the files that it needs, and one folder that
it can write. It sees neither the home folder nor the processes outside. The network is that of the
machine: the Runtime API is on loopback.
https://github.com/containers/bubblewrap
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from streaming_construct.local.lambda_.processes import reaper_process

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_BUBBLEWRAP: Final = "bwrap"
_PROBE_SECONDS: Final = 20
_ISOLATION: Final = (
    "--die-with-parent",
    "--unshare-user-try",
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--cap-drop",
    "ALL",
)
# Programs, libraries, certificates and the configuration of name resolution.
_SYSTEM_FOLDERS: Final = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/etc",
    "/nix/store",
    "/run/systemd/resolve",
)
# The interpreter of the gateway, and the package with the runtimes.
_VISIBLE_FOLDERS: Final = (
    Path(sys.prefix),
    Path(sys.base_prefix),
    Path(reaper_process.__file__).parents[3],
)


class SandboxError(Exception):
    """This machine has no sandbox, or a folder cannot be shown in one."""


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """Starts programs with bubblewrap; `bubblewrap` is the path of its program."""

    bubblewrap: str

    def build_command(
        self, program: Sequence[str], *, readable: Iterable[Path], writable: Path, cwd: Path
    ) -> tuple[str, ...]:
        """Return the command that starts a program in the sandbox.

        Args:
            program: The command of the program.
            readable: Folders and files that it can read.
            writable: The folder that it can write.
            cwd: The folder in which it starts.

        Raises:
            SandboxError: A folder contains the home folder, which the sandbox hides.
        """
        visible_paths: set[Path] = {*readable, cwd, *_VISIBLE_FOLDERS}
        _check_home(visible_paths)
        for word in program:
            visible_paths.update(_list_program_files(word))
        return (
            self.bubblewrap,
            *_ISOLATION,
            *_build_options("--ro-bind-try", map(Path, _SYSTEM_FOLDERS)),
            *("--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"),  # noqa: S108 - in the sandbox
            *_build_options("--ro-bind-try", _select_outermost(visible_paths)),
            *_build_options("--bind", [writable]),
            *("--chdir", str(cwd), "--"),
            *program,
        )


def find_sandbox() -> Sandbox:
    """Return the sandbox of this machine.

    Raises:
        SandboxError: The machine does not run Linux, has no bubblewrap, or does not let it work.
    """
    if sys.platform != "linux":
        raise SandboxError("the sandbox needs Linux")
    program = shutil.which(_BUBBLEWRAP)
    if program is None:
        raise SandboxError("the sandbox needs bubblewrap. Install the package bubblewrap")
    sandbox = Sandbox(bubblewrap=program)
    folder = Path(sys.prefix)
    command = sandbox.build_command(
        ("/bin/sh", "-c", "true"), readable=(), writable=folder, cwd=folder
    )
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_PROBE_SECONDS, text=True)
    except subprocess.CalledProcessError as error:
        raise SandboxError(f"bubblewrap does not work here: {error.stderr.strip()}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SandboxError(f"bubblewrap does not work here: {error}") from error
    return sandbox


def _check_home(folders: Iterable[Path]) -> None:
    try:
        home = Path.home().resolve()
    except RuntimeError:  # a user without a home folder, as in some containers
        return
    for folder in folders:
        if home.is_relative_to(folder.resolve()):
            raise SandboxError(f"{folder} contains the home folder, which the sandbox hides")


def _list_program_files(word: str) -> Iterable[Path]:
    """Yield the file that a word of a command names, the file behind links, and its libraries.

    `lib` next to `bin` has the libraries of an interpreter that is not the system's.
    """
    path = Path(word)
    if path.is_absolute() and path.is_file():
        for file in {path, path.resolve()}:
            yield file
            if file.parent.name == "bin":
                yield file.parent.parent / "lib"


def _select_outermost(paths: set[Path]) -> Iterable[Path]:
    """Return the paths that are not below others: bubblewrap cannot mount on links."""
    mounted_paths = {*paths, *map(Path, _SYSTEM_FOLDERS)}
    return sorted(path for path in paths if mounted_paths.isdisjoint(path.parents))


def _build_options(option: str, paths: Iterable[Path]) -> Iterable[str]:
    for path in paths:
        yield from (option, str(path), str(path))
