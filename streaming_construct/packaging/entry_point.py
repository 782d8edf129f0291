"""The name of a handler or an app, and the file that it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_NAME: Final = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_APP: Final = re.compile(rf"(?P<module>{_NAME}):(?P<attribute>{_NAME})")
# Lambda's own form: the last dot parts module and function, slashes lead to folders.
_HANDLER: Final = re.compile(r"(?P<module>[A-Za-z_][\w./]*)[.:](?P<attribute>[A-Za-z_]\w*)")


def validate_app(folder: Path, app: str) -> Iterator[str]:
    """Yield what is wrong with `app`, the `module:attribute` of a web app in `folder`."""
    match = _APP.fullmatch(app)
    if match is None:
        yield f"app must be 'module:attribute', as in 'app:app', got {app!r}"
    else:
        yield from _module_problems(folder, match["module"], f"app {app!r}")


def handler_problems(folder: Path, handler: str) -> Iterator[str]:
    """Yield what is wrong with `handler`: `module.function` or `module:app` in `folder`."""
    match = _APP.fullmatch(handler) or _HANDLER.fullmatch(handler)
    if match is None:
        yield (
            "handler must be 'module.function' or 'module:app', as in 'index.handler', "
            f"got {handler!r}"
        )
    else:
        yield from _module_problems(folder, match["module"], f"handler {handler!r}")


def _module_problems(folder: Path, module: str, what: str) -> Iterator[str]:
    path = folder.joinpath(*module.replace("/", ".").split("."))
    files = (path.with_name(f"{path.name}.py"), path / "__init__.py")
    if not any(file.is_file() for file in files):
        yield f"{what} names a module that is not there: neither {files[0]} nor {files[1]}"
