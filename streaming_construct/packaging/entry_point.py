"""Validate entry points: the handler of a function, the `module:attribute` of a web app.

The module is parsed and not imported, so that a synthesis neither runs the code of the function nor
needs its requirements.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Final, TypeAlias

_NAME: Final = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_APP: Final = re.compile(rf"(?P<module>{_NAME}):(?P<attribute>{_NAME})")
# Lambda splits at the last dot; slashes are folders.
_HANDLER: Final = re.compile(r"(?P<module>[A-Za-z_][\w./]*)[.:](?P<attribute>[A-Za-z_]\w*)")
_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_STREAM_IN_CALL: Final = "stream_in_call"
_SCOPES: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
# A module that calls one of these may define names that the source does not show.
_DYNAMIC: Final = frozenset({"exec", "globals", "locals", "setattr", "vars"})


def find_app_problems(folder: Path, app: str, python_minor: int | None) -> Iterator[str]:
    """Yield the problems of `app`, the `module:attribute` of a web app in `folder`.

    Args:
        folder: The folder of the function.
        app: The web app.
        python_minor: The minor version of the function's Python. None if unknown.
    """
    if match := _APP.fullmatch(app):
        yield from _find_module_problems(folder, match, f"app {app!r}", python_minor)
    else:
        yield f"app {app!r} is not 'module:attribute'. Pass it as in 'app:app'."


def find_handler_problems(folder: Path, handler: str, python_minor: int | None) -> Iterator[str]:
    """Yield the problems of `handler`, a `module.function` or `module:app` in `folder`.

    Args:
        folder: The folder of the function.
        handler: The handler.
        python_minor: The minor version of the function's Python. None if unknown.
    """
    if match := _APP.fullmatch(handler) or _HANDLER.fullmatch(handler):
        yield from _find_module_problems(folder, match, f"handler {handler!r}", python_minor)
    else:
        yield (
            f"handler {handler!r} is neither 'module.function' nor 'module:app'. "
            "Pass it as in 'index.handler'."
        )


def find_syntax_error(folder: Path, entry_point: str, python_minor: int | None) -> str | None:
    """Return `file:line: problem` of a module that this Python cannot parse.

    None if it can, or if the function's Python is not newer, so that the problem is an error.

    Args:
        folder: The folder of the function.
        entry_point: The handler or the web app.
        python_minor: The minor version of the function's Python. None if unknown.
    """
    match = _APP.fullmatch(entry_point) or _HANDLER.fullmatch(entry_point)
    file = match and next(filter(Path.is_file, _list_module_files(folder, match["module"])), None)
    if file is None or _can_check_syntax(python_minor):
        return None
    try:
        _parse(file, python_minor)
    except (SyntaxError, ValueError) as error:
        return _format_syntax_error(file, error)
    return None


def list_return(folder: Path, handler: str) -> str | None:
    """Return `file:line` of the first `return` of a handler that returns only lists.

    None if the handler yields, returns anything else, is decorated, is a web app, or has another
    problem, which `find_handler_problems` reports.
    """
    definition = _find_handler_function(folder, handler)
    if definition is None or definition[1].decorator_list or _is_wsgi_app(definition[1]):
        return None
    file, function = definition
    body = list(_list_body_nodes(function))
    returns = [node for node in body if isinstance(node, ast.Return)]
    if _is_generator(body) or not returns or not all(_is_list(node.value) for node in returns):
        return None
    return f"{file}:{min(node.lineno for node in returns)}"


def find_decorated_generator(folder: Path, handler: str) -> str | None:
    """Return `file:line` of the last decorator of a generator handler without `stream_in_call`.

    None if the handler has no decorator, does not yield, or has another problem, which
    `find_handler_problems` reports.
    """
    definition = _find_handler_function(folder, handler)
    if (
        definition is None
        or not definition[1].decorator_list
        or not _is_generator(_list_body_nodes(definition[1]))
    ):
        return None
    file, function = definition
    last = function.decorator_list[-1]
    name = last.attr if isinstance(last, ast.Attribute) else getattr(last, "id", "")
    return None if name == _STREAM_IN_CALL else f"{file}:{last.lineno}"


def _find_handler_function(folder: Path, handler: str) -> tuple[Path, _Function] | None:
    """Return the file and the only definition of a handler; None without one."""
    match = _APP.fullmatch(handler) or _HANDLER.fullmatch(handler)
    file = match and next(filter(Path.is_file, _list_module_files(folder, match["module"])), None)
    if match is None or file is None:
        return None
    try:
        tree = _parse(file, None)
    except (SyntaxError, ValueError):
        return None
    functions = [
        node
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.name == match["attribute"]
    ]
    return (file, functions[0]) if len(functions) == 1 else None


def _is_generator(body: Iterable[ast.AST]) -> bool:
    return any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in body)


def _is_wsgi_app(function: _Function) -> bool:
    """Return whether the runtime serves a function as a WSGI app, which returns its chunks."""
    return "start_response" in {argument.arg for argument in function.args.args[1:2]}


def _list_body_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes in the body of a function, without those of nested scopes."""
    pending = list(ast.iter_child_nodes(function))
    while pending:
        node = pending.pop()
        if not isinstance(node, _SCOPES):
            yield node
            pending.extend(ast.iter_child_nodes(node))


def _is_list(value: ast.expr | None) -> bool:
    match value:
        case ast.List() | ast.ListComp():
            return True
        case ast.Call(func=ast.Name(id="list" | "sorted")):
            return True
    return False


def _list_module_files(folder: Path, module: str) -> tuple[Path, Path]:
    """Return the files that a module can be, in the order in which Python looks for them."""
    path = folder.joinpath(*module.replace("/", ".").split("."))
    return path / "__init__.py", path.with_name(f"{path.name}.py")


def _find_module_problems(
    folder: Path, entry_point: re.Match[str], subject: str, python_minor: int | None
) -> Iterator[str]:
    files = _list_module_files(folder, entry_point["module"])
    file = next(filter(Path.is_file, files), None)
    if file is None:
        if not folder.is_dir():
            return  # `read_python_folder` reports it.
        yield (
            f"{subject} names a module that does not exist. "
            f"Create {files[1]}, or name another module."
        )
        return
    try:
        tree = _parse(file, python_minor)
    except (SyntaxError, ValueError) as error:
        if _can_check_syntax(python_minor):
            yield (
                f"{_format_syntax_error(file, error)}, in Python 3.{python_minor}. "
                "Correct the line, or pass another runtime."
            )
        return
    attribute = entry_point["attribute"].partition(".")[0]
    names = _list_module_names(tree)
    if names is not None and attribute not in names:
        close = get_close_matches(attribute, names, n=1)
        alternative = f"Did you mean {close[0]!r}?" if close else "Define it, or name another one."
        yield f"{subject} names {attribute!r}, which {file} does not define. {alternative}"


def _can_check_syntax(python_minor: int | None) -> bool:
    """Return whether this Python knows the syntax of the function's Python."""
    return python_minor is not None and python_minor <= sys.version_info.minor


def _format_syntax_error(file: Path, error: Exception) -> str:
    return f"{file}:{getattr(error, 'lineno', None) or 1}: {getattr(error, 'msg', error)}"


def _parse(file: Path, python_minor: int | None) -> ast.Module:
    """Parse a file by the grammar of a Python version, or by this Python's if that is older.

    Raises:
        SyntaxError: The file has an error, or syntax of a newer Python.
        ValueError: The file contains a null byte.
    """
    newest = sys.version_info.minor
    version = (3, newest if python_minor is None else min(python_minor, newest))
    return ast.parse(file.read_bytes(), str(file), feature_version=version)


def _list_module_names(tree: ast.Module) -> set[str] | None:
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
