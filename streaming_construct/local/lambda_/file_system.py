"""Where programs find the files of a function: in Lambda's folders or in those of this machine."""

from __future__ import annotations

import re
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from streaming_construct.aws.limits import FUNCTION_STORAGE_DEFAULT_MB, MIB
from streaming_construct.local.lambda_.processes import mount_namespace
from streaming_construct.local.lambda_.processes.mount_namespace import (
    MountNamespace,
    Mounts,
    list_exposed_paths,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streaming_construct.local.lambda_.loaded_function import LoadedFunction


TASK_PREFIX: Final = f"{mount_namespace.TASK_ROOT}/"
"""How each path of the code begins in Lambda's file system."""

# A path ends where a traceback or a stack of Node.js goes on.
_TASK_PATH: Final = re.compile(rf"{TASK_PREFIX}([^\s\"'(),:\\]+)")
# The home of Lambda's user: it does not exist, and nothing can create it.
_HOME: Final = Path("/home/sbx_user1051")


def find_file(loaded_function: LoadedFunction, path: str) -> Path | None:
    """Return where a file of Lambda's file system is on this machine; None if it does not exist.

    The path is in the code (`/var/task/`) or in the layers (`/opt/`), of which later ones win.
    """
    folders = {TASK_PREFIX: (loaded_function.code,), "/opt/": loaded_function.layers[::-1]}
    for root, candidates in folders.items():
        for candidate in candidates:
            file = candidate / path.removeprefix(root)
            if path.startswith(root) and file.is_file():
                return file
    return None


@dataclass(frozen=True, kw_only=True)
class FileSystem:
    """The folders of an environment, as its programs see them.

    `working_folder` is the folder of the code on this machine, in which programs start.
    `namespace` is None if the programs see the file system of this machine.
    """

    working_folder: Path
    task_root: Path
    layers: tuple[Path, ...]
    runtime: Path
    temporary: Path
    home: Path
    namespace: MountNamespace | None = None

    @staticmethod
    def create(
        loaded_function: LoadedFunction, folder: Path, programs: Iterable[Sequence[str]]
    ) -> FileSystem:
        """Return the file system of an environment, which has `folder` for itself.

        `programs` are the commands that start in it.
        """
        if loaded_function.is_isolated:
            root = folder / "root"
            root.mkdir(exist_ok=True)
            return FileSystem(
                working_folder=loaded_function.code,
                task_root=mount_namespace.TASK_ROOT,
                layers=(mount_namespace.OPT,),
                runtime=mount_namespace.RUNTIME_FOLDER,
                temporary=mount_namespace.TEMPORARY,
                home=_HOME,
                namespace=MountNamespace(_build_mounts(loaded_function, programs), root),
            )
        return FileSystem(
            working_folder=loaded_function.code,
            task_root=loaded_function.code,
            layers=loaded_function.layers,
            runtime=loaded_function.sdk or mount_namespace.RUNTIME_FOLDER,
            temporary=folder,
            home=folder,
        )


def _build_mounts(loaded_function: LoadedFunction, programs: Iterable[Sequence[str]]) -> Mounts:
    storage_mb = loaded_function.function.ephemeral_storage_mb or FUNCTION_STORAGE_DEFAULT_MB
    code_folders = (loaded_function.code, *loaded_function.layers)
    words = [
        word
        for program in programs
        for word in program
        if not any(Path(word).is_relative_to(folder) for folder in code_folders)
    ]
    needed = (
        *_GATEWAY_FOLDERS,
        *_list_installation(loaded_function.python / "python"),
        *(_list_installation(loaded_function.node / "node") if loaded_function.node else ()),
        *(folder for word in words for folder in _list_installation(word)),
        *_list_named_files(loaded_function.credentials.values()),
        *_list_link_targets(loaded_function.sdk),
    )
    return Mounts(
        task=loaded_function.code.resolve(),
        layers=tuple(layer.resolve() for layer in loaded_function.layers),
        runtime=loaded_function.sdk,
        exposed=list_exposed_paths(needed),
        storage_bytes=storage_mb * MIB if loaded_function.has_limits else None,
    )


def _list_installation(program: str | Path) -> tuple[Path, ...]:
    """Return what a program needs: its file, and the folders of `bin`, before and behind links."""
    path = Path(program)
    if not path.is_absolute() or not path.is_file():
        return ()
    folders = [program_path.parent for program_path in (path, path.resolve())]
    return (path, *(folder.parent for folder in folders if folder.name == "bin"))


def _list_named_files(values: Iterable[str]) -> tuple[Path, ...]:
    return tuple(path for path in map(Path, values) if path.is_absolute() and path.exists())


def _list_link_targets(folder: Path | None) -> tuple[Path, ...]:
    if folder is None:
        return ()
    return tuple(path.resolve() for path in folder.rglob("*") if path.is_symlink())


# The interpreter of the gateway with its packages, and this package: it contains the runtimes.
_GATEWAY_FOLDERS: Final = (
    Path(sys.prefix),
    Path(sys.base_prefix),
    Path(__file__).parents[2],
)


def replace_task_paths(line: str, loaded_function: LoadedFunction) -> str:
    """Replace paths of code in `/var/task` by those on this machine, for files that exist.

    Code of a zip file or of the template has no path that a user knows: it stays in `/var/task`.
    """
    if loaded_function.function.code is None or not loaded_function.function.code.is_dir():
        return line

    def replace_path(match: re.Match[str]) -> str:
        path = loaded_function.code / match[1]
        return str(path) if path.is_file() else match[0]

    return _TASK_PATH.sub(replace_path, line)


def make_read_only(folder: Path) -> None:
    """Remove the write permission of a folder and all that it contains."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222)
