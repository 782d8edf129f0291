"""Precompile Python bytecode for Lambda.

The folders of functions and layers are read-only on Lambda. Without bytecode, each cold start
compiles the app, its imports and the runtime.
"""

from __future__ import annotations

import compileall
import hashlib
import sys
from py_compile import PycInvalidationMode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from streaming_construct.packaging.lambda_target import LambdaTarget


def compute_source_hash(folder: Path) -> str:
    """Return a hash of the paths, modes and contents of all files in `folder`."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        name = path.relative_to(folder).as_posix()
        digest.update(f"{name}\0{path.stat().st_mode & 0o777:o}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def add_bytecode(folder: Path, target: LambdaTarget, *, task_root: str) -> bool:
    """Compile the files of `folder`, if this Python has the bytecode format of the function's.

    Each minor version of CPython has its format. Python does not compare the bytecode with the
    source, because both are deployed together. A file with an error gets no bytecode.

    Args:
        folder: The folder, which is compiled recursively.
        target: The Python of the function.
        task_root: The path of `folder` on Lambda. It makes the bytecode the same on every machine.

    Returns:
        Whether this Python has the format.
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
        prependdir=task_root,
    )
    return True
