"""Code archives and inline code, unpacked to folders."""

from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path

import pytest

from streaming_construct.local.lambda_.packages import code_archive
from streaming_construct.local.lambda_.packages.code_archive import (
    UnsafeArchiveError,
    extract_archive,
    write_inline_code,
)

LINK = stat.S_IFLNK | 0o777


def archive(folder: Path, *entries: tuple[str, str, int]) -> Path:
    file = folder / "code.zip"
    with zipfile.ZipFile(file, "w") as zip_file:
        for name, content, mode in entries:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            zip_file.writestr(entry, content)
    return file


def test_files_keep_their_modes_and_links_their_targets(tmp_path: Path) -> None:
    """Lambda unpacks them in the same way: `node_modules/.bin` is full of links."""
    folder = extract_archive(
        archive(
            tmp_path, ("a/run.sh", "#!", 0o755), ("b/link", "../a/run.sh", LINK), ("c", "", 0o644)
        ),
        tmp_path,
    )

    assert (folder / "a" / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (folder / "b" / "link").read_text() == "#!"
    assert (folder / "b" / "link").is_symlink()


@pytest.mark.parametrize(
    "entries",
    [
        (("../out", "x", 0o644),),
        (("/tmp/streaming-construct-out", "x", 0o644),),
        (("a/../../out", "x", 0o644),),
        (("link", "../..", LINK),),
        (("link", "/etc", LINK),),
        (("a", ".", LINK), ("b", "a/../..", LINK)),
        (("b", "p/q/../..", LINK), ("p", ".", LINK), ("q", ".", LINK)),
    ],
)
def test_no_entry_leads_out_of_the_folder(
    tmp_path: Path, entries: tuple[tuple[str, str, int], ...]
) -> None:
    """Neither a path, nor a link, nor a link to a link."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with pytest.raises(UnsafeArchiveError, match="out of the zip file"):
        extract_archive(archive(tmp_path, *entries), scratch)

    assert not Path("/tmp/streaming-construct-out").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["code.zip", "scratch"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_no_file_is_written_through_a_link_in_any_order(tmp_path: Path) -> None:
    """A broken link leads out of the folder as soon as the links on its path exist."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    entries = (
        ("a", "p/q/../../PWNED", LINK),
        ("p", ".", LINK),
        ("q", ".", LINK),
        ("a", "written", 0o644),
    )
    with pytest.raises((UnsafeArchiveError, FileExistsError)):
        extract_archive(archive(tmp_path, *entries), scratch)

    assert not list(tmp_path.rglob("PWNED"))


@pytest.mark.parametrize(
    ("local", "central", "value"),
    [(6, 8, 1), (8, 10, 99), (14, 16, 0xFF)],
    ids=["encrypted", "compression", "checksum"],
)
def test_an_unreadable_archive_is_an_error_with_its_file_name(
    tmp_path: Path, local: int, central: int, value: int
) -> None:
    """It is encrypted, compressed with an unknown method, or damaged."""
    file = archive(tmp_path, ("index.js", "the code", 0o644))
    data = bytearray(file.read_bytes())
    data[data.find(b"PK\x03\x04") + local] ^= value
    data[data.find(b"PK\x01\x02") + central] ^= value
    file.write_bytes(data)
    with pytest.raises(UnsafeArchiveError, match=r"code\.zip cannot be read as a zip file"):
        extract_archive(file, tmp_path)


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    """A pipe would wait for ever, and a device has no end."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name in ("pipe", "zero"):
        with pytest.raises(UnsafeArchiveError, match="is not a regular file"):
            extract_archive(tmp_path / name, tmp_path)


def test_an_archive_over_the_limit_of_lambda_is_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No byte of it is written."""
    monkeypatch.setattr(code_archive, "FUNCTION_UNZIPPED_MAX_BYTES", 10)
    with pytest.raises(UnsafeArchiveError, match="more than 10 bytes"):
        extract_archive(archive(tmp_path, ("a", "x" * 6, 0o644), ("b", "x" * 6, 0o644)), tmp_path)


@pytest.mark.parametrize(
    ("runtime", "name"), [("nodejs22.x", "index.js"), ("python3.13", "index.py")]
)
def test_inline_code_is_a_file_named_index(tmp_path: Path, runtime: str, name: str) -> None:
    """It is in a separate folder."""
    folder = write_inline_code("the code", runtime, tmp_path)

    assert [(path.name, path.read_text()) for path in folder.iterdir()] == [(name, "the code")]
