"""A handler that is a program: whether it is executable, and its line ends."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from streaming_construct.model.functions import HandlerScript
from streaming_construct.templates.reader.lambda_functions.handler_file import read_handler_file


def write_zip(folder: Path, text: bytes, mode: int, *, system: int = 3) -> Path:
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
def test_a_zip_file_and_a_folder_have_the_same_facts(
    tmp_path: Path, mode: int, text: bytes, *, executable: bool, has_crlf: bool
) -> None:
    """The archive preserves the mode."""
    (tmp_path / "run.sh").write_bytes(text)
    (tmp_path / "run.sh").chmod(mode & 0o777)
    expected = HandlerScript(name="run.sh", is_executable=executable, has_crlf=has_crlf)

    assert read_handler_file(tmp_path, "run.sh") == expected
    assert read_handler_file(write_zip(tmp_path, text, mode), "run.sh") == expected


def test_an_archive_from_windows_has_no_modes(tmp_path: Path) -> None:
    """No finding results from it."""
    handler_file = read_handler_file(
        write_zip(tmp_path, b"#!/bin/sh\n", 0o100644, system=0), "run.sh"
    )

    assert handler_file is not None
    assert handler_file.is_executable


@pytest.mark.parametrize("handler", ["index.handler", "../run.sh", "..", ""])
def test_another_handler_is_no_file(tmp_path: Path, handler: str) -> None:
    """A function of a module, or a path out of the folder."""
    assert read_handler_file(tmp_path, handler) is None
    assert read_handler_file(tmp_path / "missing.zip", "run.sh") is None
    (tmp_path / "not.zip").write_bytes(b"no")
    assert read_handler_file(tmp_path / "not.zip", "run.sh") is None
