"""The file that a function's handler names, in its folder or zip file."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path
from typing import Final

from streaming_construct.model.functions import HandlerScript

# https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.4.2.2
_UNIX: Final = 3
_SOURCE_SUFFIXES: Final = (".py", ".js", ".mjs", ".cjs")
_SOURCE_MAX_BYTES: Final = 1_000_000
_WWW_AUTHENTICATE: Final = b"www-authenticate"


def read_handler_file(code: Path, handler: str) -> HandlerScript | None:
    """Return the facts of a handler that is an executable file (`run.sh`); None without one.

    A zip file from Windows has no file modes.
    """
    if "/" in handler or handler in {".", ".."}:
        return None
    try:
        return _find_in_folder(code, handler) if code.is_dir() else _find_in_zip(code, handler)
    except (OSError, zipfile.BadZipFile):
        return None


def is_writing_www_authenticate(code: Path | None, handler: str | None, inline: str | None) -> bool:
    """Return whether the source of a handler names the header `WWW-Authenticate`."""
    texts = [inline.encode()] if inline else []
    module = (handler or "").rpartition(".")[0]
    if code is not None and module and not module.startswith(("/", ".")) and code.is_dir():
        files = [code / f"{module}{suffix}" for suffix in _SOURCE_SUFFIXES]
        texts += [_read(file) for file in files if file.is_file()]
    return any(_WWW_AUTHENTICATE in text.lower() for text in texts)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_SOURCE_MAX_BYTES)
    except OSError:
        return b""


def _find_in_folder(folder: Path, handler: str) -> HandlerScript | None:
    file = folder / handler
    if not file.is_file():
        return None
    executable = bool(file.stat().st_mode & stat.S_IXUSR)
    return HandlerScript(
        name=handler, is_executable=executable, has_crlf=b"\r\n" in file.read_bytes()
    )


def _find_in_zip(archive: Path, handler: str) -> HandlerScript | None:
    with zipfile.ZipFile(archive) as opened:
        if handler not in opened.namelist():
            return None
        entry = opened.getinfo(handler)
        mode = entry.external_attr >> 16
        return HandlerScript(
            name=handler,
            is_executable=entry.create_system != _UNIX or bool(mode & stat.S_IXUSR),
            has_crlf=b"\r\n" in opened.read(handler),
        )
