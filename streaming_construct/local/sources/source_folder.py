"""`SourceFolder`: the folder of the project that an asset was copied from.

A cloud assembly does not name it, so `find_source` compares contents.
"""

from __future__ import annotations

import filecmp
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from streaming_construct.packaging import run_script
from streaming_construct.runtime import bundle

_APP_SUFFIXES: Final = frozenset({".js", ".mjs", ".py", ".ts"})
_CDK_IMPORT: Final = re.compile(rb"\baws_cdk\b|\baws-cdk-lib\b")
# The folder of the runtime that ships with a function.
_SHIPPED: Final = Path(bundle.WRAPPER_PATH).parent
_NO_SOURCES: Final = frozenset({"__pycache__", "node_modules", "cdk.out"})
# A virtual environment, and a cloud assembly of another name.
_GENERATED_ENTRIES: Final = frozenset({"pyvenv.cfg", "cdk.out"})


@dataclass(frozen=True)
class SourceFolder:
    """A folder, the asset made of it, and the files of the folder at that time."""

    folder: Path
    asset: Path
    snapshot: frozenset[Path]

    def __contains__(self, path: Path) -> bool:
        return path.is_relative_to(self.folder)


def find_project_folder(assembly: Path) -> Path | None:
    """Return the folder of the CDK app that an assembly belongs to: the nearest with a `cdk.json`.

    An app without `cdk.json` is run with `cdk --app`, or without the CLI. Its folder is the one
    that contains the assembly, if a file there imports the CDK. None without a CDK app. The
    system's folder for temporary files is no project, although CDK may write assemblies there.
    """
    parents = assembly.absolute().parents
    with_settings = (folder for folder in parents if (folder / "cdk.json").is_file())
    return next(with_settings, None) or _find_app_folder(assembly.absolute())


def _find_app_folder(assembly: Path) -> Path | None:
    is_temporary = assembly.parent.resolve() == Path(tempfile.gettempdir()).resolve()
    if is_temporary or not (assembly / "manifest.json").is_file():
        return None
    files = (file for file in assembly.parent.iterdir() if file.suffix in _APP_SUFFIXES)
    is_app = any(_CDK_IMPORT.search(file.read_bytes()) for file in files if file.is_file())
    return assembly.parent if is_app else None


def find_source(asset: Path, project: Path) -> SourceFolder | None:
    """Return the folder of the project with most of the asset's files, byte for byte.

    None if no folder has half of them, or if two folders have the same.
    """
    files = frozenset(
        file for file in list_source_files(asset) if not _is_added_by_construct(asset, file)
    )
    first_parts = {file.parts[0] for file in files}
    best, count, is_unique = project, 0, True
    for folder, entries in _list_folders(project):
        # Most folders of a project have no entry of the asset, so none of its files is looked up.
        if first_parts.isdisjoint(entries):
            continue
        equal_files = sum(_has_same_content(asset / file, folder / file) for file in files)
        if equal_files >= count:
            best, count, is_unique = folder, equal_files, equal_files > count
    if not count or count * 2 < len(files) or not is_unique:
        return None
    return SourceFolder(best, asset, list_source_files(best))


def _is_added_by_construct(asset: Path, file: Path) -> bool:
    """Return whether the project does not contain a file: the runtime, or a rendered `run.sh`."""
    if file.is_relative_to(_SHIPPED):
        return (asset / _SHIPPED / "runtime").is_dir()
    return file == Path(run_script.NAME) and run_script.is_rendered((asset / file).read_bytes())


def list_source_folders(project: Path) -> Iterator[Path]:
    """Yield the folders of a project except hidden, installed and generated ones."""
    for folder, _ in _list_folders(project):
        yield folder


def _list_folders(project: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Yield each source folder of a project with the names of its entries."""
    for name, folders, files in os.walk(project):
        folder = Path(name)
        if folder != project and not _GENERATED_ENTRIES.isdisjoint(files):
            folders.clear()
            continue
        entries = (*folders, *files)
        folders[:] = sorted(folder_name for folder_name in folders if not _is_skipped(folder_name))
        yield folder, entries


def is_source_folder(folder: Path) -> bool:
    """Return whether a folder is neither hidden nor installed nor generated."""
    generated = any((folder / name).is_file() for name in _GENERATED_ENTRIES)
    return not _is_skipped(folder.name) and not generated


def _is_skipped(name: str) -> bool:
    return name.startswith(".") or name in _NO_SOURCES


def list_source_files(folder: Path) -> frozenset[Path]:
    """Return the source files of a folder, by their relative paths."""
    return frozenset(
        file.relative_to(folder)
        for below in list_source_folders(folder)
        for file in below.iterdir()
        if file.is_file() and is_source_file(file)
    )


def is_source_file(file: Path) -> bool:
    """Return whether a file is not compiled, a backup, a log or the output of this process.

    The gateway prints that it reloads a file. If that changed a source, it would reload forever.
    """
    if file.name.endswith((".pyc", "~", ".log")):
        return False
    try:
        status = file.stat()
        outputs = [os.fstat(stream.fileno()) for stream in (sys.stdout, sys.stderr)]
    except (OSError, ValueError):  # a removed file, or a stream without a file, as in tests
        return True
    return not any(os.path.samestat(status, output) for output in outputs)


def _has_same_content(first: Path, second: Path) -> bool:
    return second.is_file() and filecmp.cmp(first, second, shallow=False)
