"""The packages that the source of a function imports."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

PYTHON_SDK: Final = (
    "boto3",
    "botocore",
    "s3transfer",
    "jmespath",
    "dateutil",
    "six",
    "urllib3",
)
"""The packages that Lambda's Python runtimes bring, by the names of their modules.

https://docs.aws.amazon.com/lambda/latest/dg/python-package.html#python-package-dependencies
"""
_RUNTIME_MODULES: Final = frozenset({*PYTHON_SDK, "awslambdaric", "streaming_construct"})
# More files than that are packages, not the code of a function.
_MOST_FILES: Final = 500
_MODULE_OPTION: Final = re.compile(r"\s-m\s+([A-Za-z_]\w*)")
_NODE_SDK: Final = re.compile(r"""["'](@(?:aws-sdk|smithy|aws-crypto)/[\w.-]+)""")
_NODE_FILES: Final = (".js", ".mjs", ".cjs")


def find_python_imports(code: Path) -> frozenset[str]:
    """Return the top-level names of the modules that the Python files of a folder import.

    Imports within `try` do not count: the code goes on without them. Nor do folders of packages
    that the code contains. A script's `python -m NAME` counts.
    """
    files = _list_source_files(code, (".py", ".sh"))
    return frozenset(name for path in files for name in _list_python_names(path))


def _list_python_names(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".sh":
            return _MODULE_OPTION.findall(text)
        return list(_list_imports(ast.parse(text)))
    except (OSError, ValueError, SyntaxError, RecursionError):
        return []


def find_node_sdk_packages(code: Path) -> frozenset[str]:
    """Return the packages of the AWS SDK that the JavaScript files of a folder name."""
    texts = (
        path.read_bytes().decode(errors="replace") for path in _list_source_files(code, _NODE_FILES)
    )
    return frozenset(name for text in texts for name in _NODE_SDK.findall(text))


def find_missing_modules(names: Iterable[str], folders: Iterable[Path]) -> list[str]:
    """Return the names that neither Python, Lambda's runtime nor one of the folders provides."""
    module_folders = tuple(folders)
    provided = {*sys.stdlib_module_names, *_RUNTIME_MODULES}
    return sorted(
        name
        for name in names
        if name not in provided
        and not any(has_module(module_folder, name) for module_folder in module_folders)
    )


def has_module(folder: Path, name: str) -> bool:
    """Return whether a folder contains a module of that name."""
    if (folder / name).is_dir() or (folder / f"{name}.py").is_file():
        return True
    return any(folder.glob(f"{name}.*.so")) or (folder / f"{name}.so").is_file()


@lru_cache(maxsize=1024)
def is_importable(name: str) -> bool:
    """Return whether the environment of the gateway contains a module of that name."""
    try:
        return find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _list_source_files(code: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files of the function itself: none of an installed package."""
    packages = {path.stem.partition("-")[0].lower() for path in code.glob("*.dist-info")}
    skipped = {"node_modules", "__pycache__", "streaming_construct", *packages}
    count = 0
    for folder, folders, files in os.walk(code):
        folders[:] = sorted(name for name in folders if name.lower() not in skipped)
        for name in sorted(files):
            if not name.endswith(suffixes):
                continue
            count += 1
            if count > _MOST_FILES:
                return
            yield Path(folder, name)


def _list_imports(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Try, ast.If)):
            continue  # an import that may fail, or one for type checkers
        if isinstance(child, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module and not child.level:
            yield child.module.partition(".")[0]
        else:
            yield from _list_imports(child)
