"""File modes that follow from content alone: no umask, checkout or system shows in a zip."""

from __future__ import annotations

import os
import shutil
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_FOLDER: Final = 0o755
_PROGRAM: Final = 0o755
_FILE: Final = 0o644
_PROGRAM_STARTS: Final = (b"#!", b"\x7fELF")


def normalise_modes(folder: Path) -> None:
    """Let everyone read all of `folder` (Lambda's own user must), and execute its programs.

    A program is a file that starts with an interpreter line or is an ELF file.
    """
    for parent, _, names in os.walk(folder):
        Path(parent).chmod(_FOLDER)
        for name in names:
            path = Path(parent, name)
            with path.open("rb") as file:
                path.chmod(_PROGRAM if file.read(4).startswith(_PROGRAM_STARTS) else _FILE)


EXCLUDED: Final = (
    "__pycache__",
    "*.py[co]",
    "*.egg-info",
    ".*cache",
    ".cache",
    ".coverage*",
    ".DS_Store",
    ".env*",
    ".git*",
    ".hg*",
    ".idea",
    ".nox",
    ".svn",
    ".tox",
    ".venv",
    ".vscode",
    "cdk.out",
    "conftest.py",
    "htmlcov",
    "node_modules",
    "test_*.py",
    "*_test.py",
    "tests",
    "venv",
)
_VIRTUAL_ENVIRONMENT_MARK: Final = "pyvenv.cfg"


def is_excluded(path: PurePosixPath, patterns: Iterable[str]) -> bool:
    """Say whether a path, relative to the app's folder, matches a pattern.

    A pattern is matched against the name, and against the whole path if it has a slash.
    """
    return any(
        fnmatchcase(str(path) if "/" in pattern else path.name, pattern.strip("/"))
        for pattern in patterns
    )


def source_files(folder: Path, exclude: Sequence[str] = ()) -> Iterator[tuple[PurePosixPath, Path]]:
    """Yield the files that belong to the code, sorted: the path relative to `folder`, the file.

    Links are followed; one that leads back to a folder above it is refused.

    Raises:
        ValueError: a link leads nowhere, or in a circle.
    """
    patterns = (*EXCLUDED, *exclude)

    def visit(
        place: Path, at: PurePosixPath, above: frozenset[Path]
    ) -> Iterator[tuple[PurePosixPath, Path]]:
        real = place.resolve()
        if real in above:
            raise ValueError(f"{place} is a link to a folder it is in: remove or exclude it")
        for path in sorted(place.iterdir(), key=lambda path: path.name):
            relative = at / path.name
            if is_excluded(relative, patterns) or (path / _VIRTUAL_ENVIRONMENT_MARK).exists():
                continue
            if path.is_dir():
                yield from visit(path, relative, above | {real})
            elif path.is_file():
                yield relative, path
            elif path.is_symlink():
                raise ValueError(f"{path} is a link to nothing: remove or exclude it")

    yield from visit(folder, PurePosixPath(), frozenset())


def copy_code(
    folder: Path, into: Path, *, files: Mapping[str, bytes], exclude: Sequence[str] = ()
) -> None:
    """Copy the code in `folder` to the folder `into`, with `files` (path and content) beside it.

    Raises:
        ValueError: as `source_files` does.
    """
    for relative, path in source_files(folder, exclude):
        copy = into / relative
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    for name, content in files.items():
        added = into / name
        added.parent.mkdir(parents=True, exist_ok=True)
        added.write_bytes(content)
    normalise_modes(into)
