"""Where the code of a function is edited: the folder that an asset is a copy of.

A cloud assembly does not say it, so it is found by what is in it.
"""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from streaming_construct.runtime import bundle

_NO_SOURCES: Final = frozenset({"__pycache__", "node_modules", "cdk.out"})
# A virtual environment, and a cloud assembly of another name.
_NO_SOURCES_BESIDE: Final = ("pyvenv.cfg", "cdk.out")


@dataclass(frozen=True)
class SourceFolder:
    """A folder of sources, the asset made of it, and what the folder held at that time."""

    folder: Path
    asset: Path
    snapshot: frozenset[Path]

    def __contains__(self, path: Path) -> bool:
        return path.is_relative_to(self.folder)

    def write_patched_asset(self, into: Path) -> Path:
        """Make `into` the asset with what has been changed, added and removed since.

        What the asset has and the folder never had (a generated `run.sh`) stays; what the folder
        had and the asset did not is left out again.
        """
        in_asset, now = _all_files(self.asset), _source_files(self.folder)
        removed = (in_asset & self.snapshot) - now
        for file in in_asset - now - removed:
            _link(self.asset / file, into / file)
        for file in now & in_asset | now - self.snapshot:
            _copy(self.folder / file, into / file, staged=self.asset / file)
        return into


def find_source(asset: Path, project: Path) -> SourceFolder | None:
    """The one folder of the project that holds most of the asset's files, byte for byte.

    None where no folder has half of them, or where two folders have the same.
    """
    files = _source_files(asset)
    if Path(bundle.WRAPPER_PATH) in files:
        # The runtime that ships with the function is nobody's source here.
        shipped = Path(bundle.WRAPPER_PATH).parent
        files = frozenset(file for file in files if not file.is_relative_to(shipped))
    best, count, alone = project, 0, True
    for folder in source_folders(project):
        same = sum(_same(asset / file, folder / file) for file in files)
        if same >= count:
            best, count, alone = folder, same, same > count
    if not count or count * 2 < len(files) or not alone:
        return None
    return SourceFolder(best, asset, _source_files(best))


def source_folders(project: Path) -> Iterator[Path]:
    """The project's folders that may hold sources: none hidden, installed or generated."""
    for folder, names, _ in os.walk(project):
        names[:] = sorted(name for name in names if is_source_folder(Path(folder) / name))
        yield Path(folder)


def is_source_folder(folder: Path) -> bool:
    """Whether what is in a folder of this name is written by people."""
    generated = any((folder / name).is_file() for name in _NO_SOURCES_BESIDE)
    return not folder.name.startswith(".") and folder.name not in _NO_SOURCES and not generated


def _source_files(folder: Path) -> frozenset[Path]:
    """The files of a folder that people write, by their paths from there."""
    return frozenset(
        file.relative_to(folder)
        for below in source_folders(folder)
        for file in below.iterdir()
        if file.is_file() and not file.name.endswith((".pyc", "~"))
    )


def _all_files(folder: Path) -> frozenset[Path]:
    """All but bytecode, which is taken unchecked and would hide what is edited."""
    return frozenset(
        file.relative_to(folder)
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    )


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and filecmp.cmp(one, other, shallow=False)


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:  # another file system
        shutil.copy2(source, target)


def _copy(source: Path, target: Path, *, staged: Path) -> None:
    """Copy a file; what packaging made executable stays so."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)
    if staged.is_file():
        target.chmod(target.stat().st_mode | staged.stat().st_mode & 0o111)
