"""Copy function code with normalized file modes.

The mode of a file follows from its content, so that the asset is the same on every machine.
"""

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
_VIRTUAL_ENVIRONMENT_FILE: Final = "pyvenv.cfg"


def normalize_modes(folder: Path) -> None:
    """Make all files of `folder` readable, and its programs executable.

    Lambda reads them as another user. A program is an ELF file, or a file that starts with an
    interpreter line.
    """
    for parent, _, names in os.walk(folder):
        Path(parent).chmod(_FOLDER)
        for name in names:
            path = Path(parent, name)
            with path.open("rb") as file:
                path.chmod(_PROGRAM if file.read(4).startswith(_PROGRAM_STARTS) else _FILE)


def is_excluded(path: PurePosixPath, patterns: Iterable[str]) -> bool:
    """Return whether a path, relative to the folder, matches a pattern.

    A pattern with a slash is matched against the path, any other against the name.
    """
    return any(
        fnmatchcase(str(path) if "/" in pattern else path.name, pattern.strip("/"))
        for pattern in patterns
    )


def list_asset_files(
    folder: Path, exclude: Sequence[str] = ()
) -> Iterator[tuple[PurePosixPath, Path]]:
    """Yield the path relative to `folder` and the file of each file of the code, sorted.

    Symbolic links are followed.

    Raises:
        ValueError: A link is broken, or points to a folder that contains it.
    """
    patterns = (*EXCLUDED, *exclude)

    def visit(
        directory: Path, relative: PurePosixPath, parents: frozenset[Path]
    ) -> Iterator[tuple[PurePosixPath, Path]]:
        real = directory.resolve()
        if real in parents:
            raise ValueError(f"{directory} is a link to a folder that contains it. Exclude it.")
        for path in sorted(directory.iterdir(), key=lambda path: path.name):
            name = relative / path.name
            if is_excluded(name, patterns) or (path / _VIRTUAL_ENVIRONMENT_FILE).exists():
                continue
            if path.is_dir():
                yield from visit(path, name, parents | {real})
            elif path.is_file():
                yield name, path
            elif path.is_symlink():
                raise ValueError(f"{path} is a broken link. Remove it, or exclude it.")

    yield from visit(folder, PurePosixPath(), frozenset())


def copy_code(
    folder: Path, into: Path, *, files: Mapping[str, bytes], exclude: Sequence[str] = ()
) -> None:
    """Copy the code of `folder` into the folder `into`, and add `files`, content by path.

    Raises:
        ValueError: A link is broken, or points to a folder that contains it.
    """
    for relative, path in list_asset_files(folder, exclude):
        copy = into / relative
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    for name, content in files.items():
        added = into / name
        added.parent.mkdir(parents=True, exist_ok=True)
        added.write_bytes(content)
    normalize_modes(into)
