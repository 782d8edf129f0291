"""A handler that is a program: may it be executed, and how do its lines end."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from streaming_construct.model.functions import HandlerScript
from streaming_construct.templates.reader.lambda_functions.handler_file import read_handler_file


def zipped(folder: Path, text: bytes, mode: int, *, system: int = 3) -> Path:
    archive = folder / "code.zip"
    entry = zipfile.ZipInfo("run.sh")
    entry.external_attr = mode << 16
    entry.create_system = system
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr(entry, text)
    return archive


@pytest.mark.parametrize(
    ("mode", "text", "executable", "has_crlf"),
    [
        (0o100755, b"#!/bin/sh\n", True, False),
        (0o100644, b"#!/bin/sh\n", False, False),
        (0o100755, b"#!/bin/sh\r\n", True, True),
    ],
)
def test_a_zip_file_and_a_folder_tell_the_same(
    tmp_path: Path, mode: int, text: bytes, *, executable: bool, has_crlf: bool
) -> None:
    """The mode is kept in the archive."""
    (tmp_path / "run.sh").write_bytes(text)
    (tmp_path / "run.sh").chmod(mode & 0o777)
    expected = HandlerScript(name="run.sh", executable=executable, has_crlf=has_crlf)

    assert read_handler_file(tmp_path, "run.sh") == expected
    assert read_handler_file(zipped(tmp_path, text, mode), "run.sh") == expected


def test_an_archive_made_on_windows_tells_nothing_of_modes(tmp_path: Path) -> None:
    """So nobody is blamed."""
    found = read_handler_file(zipped(tmp_path, b"#!/bin/sh\n", 0o100644, system=0), "run.sh")

    assert found is not None
    assert found.executable


@pytest.mark.parametrize("handler", ["index.handler", "../run.sh", "..", ""])
def test_what_names_no_file_of_the_folder_is_none(tmp_path: Path, handler: str) -> None:
    """A function of a module, or a way out."""
    assert read_handler_file(tmp_path, handler) is None
    assert read_handler_file(tmp_path / "missing.zip", "run.sh") is None
    (tmp_path / "not.zip").write_bytes(b"no")
    assert read_handler_file(tmp_path / "not.zip", "run.sh") is None
