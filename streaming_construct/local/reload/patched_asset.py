"""Writes an asset again with the edits of its source folder, without a synthesis."""

from __future__ import annotations

import shutil
from pathlib import Path

from streaming_construct.local.sources.source_folder import SourceFolder, list_source_files


def write_patched_asset(source: SourceFolder, target: Path) -> Path:
    """Write the asset with the changed, added and removed files of its folder into `target`.

    Files that only the asset has, such as a generated `run.sh`, stay. Files that were in the
    folder and not in the asset stay left out.
    """
    in_asset, now = _list_asset_files(source.asset), list_source_files(source.folder)
    removed = (in_asset & source.snapshot) - now
    for file in in_asset - now - removed:
        _link(source.asset / file, target / file)
    for file in now & in_asset | now - source.snapshot:
        _copy(source.folder / file, target / file, staged=source.asset / file)
    return target


def _list_asset_files(folder: Path) -> frozenset[Path]:
    """Return all files except bytecode, which Python would run instead of the edited source."""
    return frozenset(
        file.relative_to(folder)
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    )


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:  # another file system
        shutil.copy2(source, target)


def _copy(source: Path, target: Path, *, staged: Path) -> None:
    """Copy a file; a file that packaging made executable stays executable."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)
    if staged.is_file():
        target.chmod(target.stat().st_mode | staged.stat().st_mode & 0o111)
