"""`SourcePaths`: shows the paths of the project's own files in place of those of assets."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from streaming_construct.local.sources.source_folder import find_source
from streaming_construct.model.functions import Function

# A path ends where a traceback or a stack of Node.js goes on.
_REST: Final = r"(/[^\s\"'(),:\\]+)"


class SourcePaths:
    """Knows from which folders of a project the code of functions was copied.

    Args:
        project: The folder to search. Default: none, so that all paths stay.
    """

    def __init__(self, project: Path | None = None) -> None:
        self._project = project
        self._sources: dict[Path, Path] = {}

    def learn(self, functions: Iterable[Function]) -> None:
        """Find the source folders of functions. It reads files and can take a second."""
        if self._project is None:
            return
        for function in functions:
            code = function.code
            if code is not None and code not in self._sources and code.is_dir():
                source = find_source(code, self._project)
                if source is not None:
                    self._sources[code] = source.folder.resolve()

    def find_source(self, code: Path) -> Path | None:
        """Return the folder that a function's code was copied from; None if it is not known."""
        return self._sources.get(code)

    def translate(self, line: str) -> str:
        """Replace the paths of assets in a line by those of the files they were copied from."""
        if "/" in line:
            for code, source in self._sources.items():
                line = replace_paths(line, code, source)
        return line


def replace_paths(line: str, code: Path, source: Path) -> str:
    """Replace paths below `code` by those below `source`, for files that are in both.

    A path below the current folder is written relative to it, as editors make it a link.
    """

    def replace(match: re.Match[str]) -> str:
        file = source / match[1].lstrip("/")
        return _display_path(file) if file.is_file() else match[0]

    for folder in dict.fromkeys((str(code), os.path.realpath(code), os.path.relpath(code))):
        if folder in line:
            line = re.sub(rf"(?:file://)?{re.escape(folder)}{_REST}", replace, line)
    return line


def _display_path(file: Path) -> str:
    working_folder = Path.cwd()
    return (
        str(file.relative_to(working_folder)) if file.is_relative_to(working_folder) else str(file)
    )
