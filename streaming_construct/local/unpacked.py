"""Code of functions and layers as folders: a zip file is unpacked."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path
from typing import Final

_MODE_SHIFT: Final = 16
_PERMISSIONS: Final = 0o777


def unpacked(code: Path, scratch: Path) -> Path:
    """The folder itself, or a new folder under `scratch` with what the zip file holds.

    Permissions are kept: a handler that is to be executed stays executable.

    Raises:
        FileNotFoundError: there is neither.
        zipfile.BadZipFile: the file is not a zip file.
    """
    if code.is_dir():
        return code
    folder = Path(tempfile.mkdtemp(dir=scratch))
    with zipfile.ZipFile(code) as archive:
        for entry in archive.infolist():
            path = Path(archive.extract(entry, folder))
            mode = entry.external_attr >> _MODE_SHIFT & _PERMISSIONS
            if mode and not entry.is_dir():
                path.chmod(mode)
    return folder
