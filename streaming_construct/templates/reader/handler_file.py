"""The file that a function's handler names, in its folder or zip file."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path
from typing import Final

from streaming_construct.model.functions import HandlerScript

# https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.4.2.2
_UNIX: Final = 3


def read_handler_file(code: Path, handler: str) -> HandlerScript | None:
    """Return the facts of a handler that is an executable file (`run.sh`); None without one.

    A zip file from Windows has no file modes.
    """
    if "/" in handler or handler in {".", ".."}:
        return None
    try:
        return _in_folder(code, handler) if code.is_dir() else _in_zip(code, handler)
    except (OSError, zipfile.BadZipFile):
        return None


def _in_folder(folder: Path, handler: str) -> HandlerScript | None:
    file = folder / handler
    if not file.is_file():
        return None
    executable = bool(file.stat().st_mode & stat.S_IXUSR)
    return HandlerScript(name=handler, executable=executable, has_crlf=b"\r\n" in file.read_bytes())


def _in_zip(archive: Path, handler: str) -> HandlerScript | None:
    with zipfile.ZipFile(archive) as opened:
        if handler not in opened.namelist():
            return None
        entry = opened.getinfo(handler)
        mode = entry.external_attr >> 16
        return HandlerScript(
            name=handler,
            executable=entry.create_system != _UNIX or bool(mode & stat.S_IXUSR),
            has_crlf=b"\r\n" in opened.read(handler),
        )
