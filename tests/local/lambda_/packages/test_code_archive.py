"""Code as folders: zip files, and code written out in a template."""

from __future__ import annotations

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
    with zipfile.ZipFile(file, "w") as made:
        for name, content, mode in entries:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            made.writestr(entry, content)
    return file


def test_files_keep_their_modes_and_links_their_targets(tmp_path: Path) -> None:
    """As Lambda unpacks them: `node_modules/.bin` is full of links."""
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
    ],
)
def test_nothing_leads_out_of_the_folder(
    tmp_path: Path, entries: tuple[tuple[str, str, int], ...]
) -> None:
    """Neither a path nor a link, nor a link by way of a link."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with pytest.raises(UnsafeArchiveError, match="out of the zip file"):
        extract_archive(archive(tmp_path, *entries), scratch)

    assert not Path("/tmp/streaming-construct-out").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["code.zip", "scratch"]


def test_more_than_lambda_takes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a byte of it is written."""
    monkeypatch.setattr(code_archive, "FUNCTION_UNZIPPED_MAX_BYTES", 10)
    with pytest.raises(UnsafeArchiveError, match="more than 10 bytes"):
        extract_archive(archive(tmp_path, ("a", "x" * 6, 0o644), ("b", "x" * 6, 0o644)), tmp_path)


@pytest.mark.parametrize(
    ("runtime", "name"), [("nodejs22.x", "index.js"), ("python3.13", "index.py")]
)
def test_inline_code_is_a_file_named_index(tmp_path: Path, runtime: str, name: str) -> None:
    """In a folder of its own."""
    folder = write_inline_code("the code", runtime, tmp_path)

    assert [(path.name, path.read_text()) for path in folder.iterdir()] == [(name, "the code")]
