"""Lambda's file system for the programs of an environment, by a mount namespace of Linux."""

from __future__ import annotations

import asyncio
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from streaming_construct.local.lambda_.processes import mount_namespace_process

TASK_ROOT: Final = Path("/var/task")
OPT: Final = Path("/opt")
RUNTIME_FOLDER: Final = Path("/var/runtime")
TEMPORARY: Final = Path("/tmp")  # noqa: S108 - Lambda's own path

_PROGRAM: Final = Path(mount_namespace_process.__file__)
_HIDDEN: Final = tuple(map(Path, mount_namespace_process.HIDDEN))
_PROBE_SECONDS: Final = 10


@dataclass(frozen=True, kw_only=True)
class Mounts:
    """The folders of this machine that the programs of an environment see, by their purpose.

    `exposed` are folders and files that stay visible although their place is hidden.
    `storage_bytes` is the size of `/tmp`; None for no limit.
    """

    task: Path
    layers: tuple[Path, ...] = ()
    runtime: Path | None = None
    exposed: tuple[Path, ...] = ()
    storage_bytes: int | None = None

    def translate_path(self, path: str) -> str:
        """Return the path by which a program sees a file of the code or of a layer."""
        for folder, mount_point in (
            (self.task, TASK_ROOT),
            *((layer, OPT) for layer in self.layers),
        ):
            if Path(path).is_relative_to(folder):
                return str(mount_point / Path(path).relative_to(folder))
        return path


class MountNamespace:
    """The namespace of one environment: the first program creates it, the others join.

    `root` is an empty folder, on which the namespace assembles its root.
    """

    def __init__(self, mounts: Mounts, root: Path) -> None:
        self._mounts = mounts
        self._root = root
        self._process: int | None = None

    def build_command(self, program: Sequence[str], report: int) -> tuple[str, ...]:
        """Return the command that starts a program in the namespace.

        `report` is a descriptor, which is closed when the program starts. Before that, it receives
        the reason why the program cannot start.
        """
        layout = _build_layout(self._mounts, self._root)
        if self._process is not None:
            layout = (f"process={self._process}",)
        return (
            *_build_command(layout, report),
            self._mounts.translate_path(program[0]),
            *program[1:],
        )

    def set_process(self, process: int) -> None:
        """Let the programs that start from now on join the namespace of this process."""
        if self._process is None:
            self._process = process


def list_exposed_paths(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return the paths, and where their links lead, that lie in places that the namespace hides."""
    hidden_paths = {
        candidate for path in paths for candidate in (path, path.resolve()) if _is_hidden(candidate)
    }
    return tuple(sorted(path for path in hidden_paths if not hidden_paths & set(path.parents)))


def _is_hidden(path: Path) -> bool:
    return path not in _HIDDEN and any(path.is_relative_to(folder) for folder in _HIDDEN)


@lru_cache(maxsize=1)
def find_unavailable_reason() -> str | None:
    """Return why this machine has no mount namespaces for its users; None if it has."""
    if sys.platform != "linux":
        return "only Linux has mount namespaces"
    if platform.machine() not in ("x86_64", "aarch64"):
        return f"mount namespaces are not supported on {platform.machine()}"
    with tempfile.TemporaryDirectory(prefix="streaming-construct-") as folder:
        task, root = Path(folder) / "task", Path(folder) / "root"
        task.mkdir()
        root.mkdir()
        read, write = os.pipe()
        try:
            command = (
                *_build_command(_build_layout(Mounts(task=task), root), write),
                "/bin/sh",
                "-c",
                "true",
            )
            subprocess.run(
                command, pass_fds=(write,), check=True, capture_output=True, timeout=_PROBE_SECONDS
            )
        except (OSError, subprocess.SubprocessError) as error:
            os.set_blocking(read, False)
            try:
                return os.read(read, 4096).decode() or str(error)
            except OSError:
                return str(error)
        finally:
            os.close(read)
            os.close(write)
    return None


def _build_layout(mounts: Mounts, root: Path) -> tuple[str, ...]:
    return (
        f"root={root}",
        f"task={mounts.task}",
        *(f"layer={layer}" for layer in mounts.layers),
        *([f"runtime={mounts.runtime}"] if mounts.runtime else ()),
        *(f"exposed={path}" for path in mounts.exposed),
        *([f"storage_bytes={mounts.storage_bytes}"] if mounts.storage_bytes else ()),
    )


def _build_command(layout: Iterable[str], report: int) -> tuple[str, ...]:
    # -I -S: nothing of the function or of site-packages runs before the program.
    return (sys.executable, "-I", "-S", str(_PROGRAM), *layout, f"report={report}")


async def read_report(descriptor: int) -> str:
    """Wait until the descriptor is closed at its other end; return the received data."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    pipe = os.fdopen(descriptor, "rb", buffering=0)
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    try:
        return (await reader.read()).decode(errors="replace")
    finally:
        transport.close()
