"""Code of functions and layers as folders: a zip file is unpacked, inline code written out."""

from __future__ import annotations

import os
import stat
import tempfile
import zipfile
from pathlib import Path
from typing import Final

from streaming_construct.aws.limits import FUNCTION_UNZIPPED_MAX_BYTES

_MODE_SHIFT: Final = 16
_PERMISSIONS: Final = 0o777


class UnsafeArchiveError(Exception):
    """A zip file that Lambda would not take, or that reaches out of its folder."""


def extract_archive(code: Path, scratch: Path) -> Path:
    """The folder itself, or a new folder under `scratch` with what the zip file holds.

    Permissions are kept, so that a handler that is to be executed stays executable, and so are
    links within the folder.

    Raises:
        FileNotFoundError: there is neither.
        UnsafeArchiveError: it holds a path or a link out of its folder, or more than Lambda takes.
        zipfile.BadZipFile: the file is not a zip file.
    """
    if code.is_dir():
        return code
    folder = Path(tempfile.mkdtemp(dir=scratch)).resolve()
    with zipfile.ZipFile(code) as archive:
        entries = archive.infolist()
        if sum(entry.file_size for entry in entries) > FUNCTION_UNZIPPED_MAX_BYTES:
            most = FUNCTION_UNZIPPED_MAX_BYTES
            raise UnsafeArchiveError(f"{code} holds more than {most} bytes, the most Lambda takes")
        for entry in entries:
            _extract(archive, entry, folder)
    return folder


def write_inline_code(source: str, runtime: str, scratch: Path) -> Path:
    """A new folder under `scratch` with inline code, in the file that CloudFormation makes of it.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
    """
    folder = Path(tempfile.mkdtemp(dir=scratch))
    (folder / f"index.{'js' if runtime.startswith('nodejs') else 'py'}").write_text(source)
    return folder


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    path = folder / entry.filename
    # A link that came before may lead elsewhere, hence every parent as it is on the disk.
    if not Path(os.path.normpath(path)).parent.resolve().is_relative_to(folder):
        raise UnsafeArchiveError(f"{entry.filename} points out of the zip file")
    mode = entry.external_attr >> _MODE_SHIFT
    if stat.S_ISLNK(mode):
        target = archive.read(entry).decode()
        if not (path.parent / target).resolve().is_relative_to(folder):
            raise UnsafeArchiveError(f"{entry.filename} links out of the zip file")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)
        return
    extracted = Path(archive.extract(entry, folder))
    if mode & _PERMISSIONS and not entry.is_dir():
        extracted.chmod(mode & _PERMISSIONS)
