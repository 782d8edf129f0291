"""Validate entry points: the handler of a function, the `module:attribute` of a web app.

The module is parsed and not imported, so that a synthesis neither runs the code of the function nor
needs its requirements.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Final

_NAME: Final = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_APP: Final = re.compile(rf"(?P<module>{_NAME}):(?P<attribute>{_NAME})")
# Lambda splits at the last dot; slashes are folders.
_HANDLER: Final = re.compile(r"(?P<module>[A-Za-z_][\w./]*)[.:](?P<attribute>[A-Za-z_]\w*)")
# A module that calls one of these may define names that the source does not show.
_DYNAMIC: Final = frozenset({"exec", "globals", "locals", "setattr", "vars"})


def app_problems(folder: Path, app: str, python_minor: int | None) -> Iterator[str]:
    """Yield the problems of `app`, the `module:attribute` of a web app in `folder`.

    Args:
        folder: The folder of the function.
        app: The web app.
        python_minor: The minor version of the function's Python. None if unknown.
    """
    if match := _APP.fullmatch(app):
        yield from _module_problems(folder, match, f"app {app!r}", python_minor)
    else:
        yield f"app {app!r} is not 'module:attribute'. Pass it as in 'app:app'."


def handler_problems(folder: Path, handler: str, python_minor: int | None) -> Iterator[str]:
    """Yield the problems of `handler`, a `module.function` or `module:app` in `folder`.

    Args:
        folder: The folder of the function.
        handler: The handler.
        python_minor: The minor version of the function's Python. None if unknown.
    """
    if match := _APP.fullmatch(handler) or _HANDLER.fullmatch(handler):
        yield from _module_problems(folder, match, f"handler {handler!r}", python_minor)
    else:
        yield (
            f"handler {handler!r} is neither 'module.function' nor 'module:app'. "
            "Pass it as in 'index.handler'."
        )


def _module_problems(
    folder: Path, entry_point: re.Match[str], subject: str, python_minor: int | None
) -> Iterator[str]:
    path = folder.joinpath(*entry_point["module"].replace("/", ".").split("."))
    # Python prefers a package to a module of the same name.
    candidates = (path / "__init__.py", path.with_name(f"{path.name}.py"))
    file = next((file for file in candidates if file.is_file()), None)
    if file is None:
        yield (
            f"{subject} names a module that does not exist. "
            f"Create {candidates[1]}, or name another module."
        )
        return
    try:
        tree = _parse(file, python_minor)
    except (SyntaxError, ValueError) as error:
        if python_minor is not None and python_minor <= sys.version_info.minor:
            yield (
                f"{file}:{getattr(error, 'lineno', None) or 1}: {getattr(error, 'msg', error)}, in "
                f"Python 3.{python_minor}. Correct the line, or pass another runtime."
            )
        return
    attribute = entry_point["attribute"].partition(".")[0]
    names = _module_names(tree)
    if names is not None and attribute not in names:
        close = get_close_matches(attribute, names, n=1)
        alternative = f"Did you mean {close[0]!r}?" if close else "Define it, or name another one."
        yield f"{subject} names {attribute!r}, which {file} does not define. {alternative}"


def _parse(file: Path, python_minor: int | None) -> ast.Module:
    """Parse a file by the grammar of a Python version, as far as this Python knows it.

    Raises:
        SyntaxError: The file has an error, or syntax of a newer Python.
        ValueError: The file contains a null byte.
    """
    newest = sys.version_info.minor
    version = (3, newest if python_minor is None else min(python_minor, newest))
    return ast.parse(file.read_bytes(), str(file), feature_version=version)


def _module_names(tree: ast.Module) -> set[str] | None:
    """Return the names that a module defines; None if the source does not show all of them."""
    names: set[str] = set()
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Global):
                        names.update(inner.names)
                continue
            case ast.Import() | ast.ImportFrom():
                names.update(alias.asname or alias.name.partition(".")[0] for alias in node.names)
            case ast.Name(ctx=ast.Store()):
                names.add(node.id)
            case ast.Name(id=name) if name in _DYNAMIC:
                return None
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names.add(name)
            case ast.MatchMapping(rest=str(name)):
                names.add(name)
        pending.extend(ast.iter_child_nodes(node))
    return None if names & {"*", "__getattr__"} else names
