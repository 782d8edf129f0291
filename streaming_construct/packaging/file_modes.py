"""File modes that follow from content alone: no umask, checkout or system shows in a zip."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_FOLDER: Final = 0o755
_PROGRAM: Final = 0o755
_FILE: Final = 0o644
_PROGRAM_STARTS: Final = (b"#!", b"\x7fELF")


def normalise_modes(folder: Path) -> None:
    """Let everyone read all of `folder` (Lambda's own user must), and execute its programs.

    A program is a file that starts with an interpreter line or is an ELF file.
    """
    for parent, _, names in os.walk(folder):
        Path(parent).chmod(_FOLDER)
        for name in names:
            path = Path(parent, name)
            with path.open("rb") as file:
                path.chmod(_PROGRAM if file.read(4).startswith(_PROGRAM_STARTS) else _FILE)
