"""Bytecode beside the code of functions and layers, whose folders are read-only on Lambda.

Without it every cold start compiles the app, what it imports and the runtime anew.
"""

from __future__ import annotations

import compileall
import hashlib
import sys
from py_compile import PycInvalidationMode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from streaming_construct.packaging.lambda_target import Target


def source_hash(folder: Path) -> str:
    """Return the hash of all files in `folder`: paths, modes and contents, the same anywhere."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        name = path.relative_to(folder).as_posix()
        digest.update(f"{name}\0{path.stat().st_mode & 0o777:o}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def add_bytecode(folder: Path, target: Target, *, place: str) -> bool:
    """Compile what is in `folder`, if this Python's bytecode is that of the function's.

    Bytecode is one format per minor version of CPython. It is taken unchecked: what lies beside it
    is deployed with it. A file that does not compile is left to fail where it is imported.

    Args:
        folder: What to compile, with all below it.
        target: The function's Python.
        place: Where `folder` will be. The importer puts the true path in its place, but so the
            bytecode is the same on every machine.

    Returns:
        Whether this Python could.
    """
    if (
        sys.implementation.name != "cpython"
        or target.runtime != f"python{sys.version_info[0]}.{sys.version_info[1]}"
    ):
        return False
    compileall.compile_dir(
        folder,
        quiet=2,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
        stripdir=str(folder),
        prependdir=place,
    )
    return True
