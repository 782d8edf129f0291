"""Code of functions and layers as folders: a zip file is unpacked, inline code written out."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Final

from streaming_construct.aws.limits import FUNCTION_UNZIPPED_MAX_BYTES

_MODE_SHIFT: Final = 16
_PERMISSIONS: Final = 0o777


class UnsafeArchiveError(Exception):
    """A zip file that Lambda does not accept, that cannot be read, or that leaves its folder."""


def extract_archive(code: Path, scratch: Path) -> Path:
    """Return the folder itself, or a new folder under `scratch` with the content of the zip file.

    Permissions are kept, so that a handler that is to be executed stays executable, and so are
    links within the folder.

    Raises:
        OSError: The file is missing or cannot be read.
        UnsafeArchiveError: The zip file has a path or a link out of its folder, more bytes than
            Lambda accepts, or cannot be read.
    """
    if code.is_dir():
        return code
    if code.exists() and not code.is_file():
        raise UnsafeArchiveError(f"{code} is not a regular file")
    folder = Path(tempfile.mkdtemp(dir=scratch)).resolve()
    try:
        with zipfile.ZipFile(code) as archive:
            _extract_all(archive, folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        # RuntimeError: encrypted, or an unknown compression. ValueError: a name with a NUL byte.
        shutil.rmtree(folder, ignore_errors=True)
        raise UnsafeArchiveError(f"{code} cannot be read as a zip file: {error}") from error
    except UnsafeArchiveError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise UnsafeArchiveError(f"{code}: {error}") from error
    return folder


def write_inline_code(source: str, runtime: str, scratch: Path) -> Path:
    """Write inline code to a new folder in `scratch`, in the file that CloudFormation creates.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
    """
    folder = Path(tempfile.mkdtemp(dir=scratch))
    (folder / f"index.{'js' if runtime.startswith('nodejs') else 'py'}").write_text(source)
    return folder


def _extract_all(archive: zipfile.ZipFile, folder: Path) -> None:
    entries = archive.infolist()
    if sum(entry.file_size for entry in entries) > FUNCTION_UNZIPPED_MAX_BYTES:
        most = FUNCTION_UNZIPPED_MAX_BYTES
        raise UnsafeArchiveError(
            f"the archive has more than {most} bytes, the most that Lambda accepts"
        )
    is_link = [stat.S_ISLNK(entry.external_attr >> _MODE_SHIFT) for entry in entries]
    for entry, link in zip(entries, is_link, strict=True):
        if not link:
            _extract_file(archive, entry, folder)
    # Links come last: no file is written through one, whatever the order in the zip file.
    links = [
        _create_link(archive, entry, folder)
        for entry, link in zip(entries, is_link, strict=True)
        if link
    ]
    # Where a link leads depends on the other links.
    for path in links:
        if not Path(os.path.realpath(path)).is_relative_to(folder):
            raise UnsafeArchiveError(f"{path.relative_to(folder)} links out of the zip file")


def _extract_file(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    _check_path(entry, folder)
    extracted = Path(archive.extract(entry, folder))
    mode = entry.external_attr >> _MODE_SHIFT
    if mode & _PERMISSIONS and not entry.is_dir():
        extracted.chmod(mode & _PERMISSIONS)


def _create_link(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> Path:
    path = _check_path(entry, folder)
    if not Path(os.path.realpath(path.parent)).is_relative_to(folder):
        raise UnsafeArchiveError(f"{entry.filename} points out of the zip file")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(archive.read(entry).decode())
    return path


def _check_path(entry: zipfile.ZipInfo, folder: Path) -> Path:
    path = Path(os.path.normpath(folder / entry.filename))
    if not path.is_relative_to(folder):
        raise UnsafeArchiveError(f"{entry.filename} points out of the zip file")
    return path
