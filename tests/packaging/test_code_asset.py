"""The code asset of a function: the files of the app, and none of the machine."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from streaming_construct.packaging.code_asset import copy_code, list_asset_files

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)


def names(folder: Path, *exclude: str) -> list[str]:
    return [str(relative) for relative, _ in list_asset_files(folder, exclude)]


def test_caches_environments_secrets_and_tests_are_excluded(tmp_path: Path) -> None:
    """These are the default exclusions, version control included."""
    write(
        tmp_path,
        "app.py",
        "web/routes.py",
        "web/__pycache__/routes.pyc",
        "web/test_routes.py",
        "web/routes_test.py",
        "tests/test_app.py",
        "conftest.py",
        ".git/config",
        ".gitignore",
        ".venv/bin/python",
        "my-environment/pyvenv.cfg",
        "my-environment/lib/x.py",
        ".env",
        ".env.local",
        ".mypy_cache/x",
        "cdk.out/x",
        "data/testimony.txt",
    )
    assert names(tmp_path) == ["app.py", "data/testimony.txt", "web/routes.py"]


def test_names_and_paths_can_be_excluded(tmp_path: Path) -> None:
    """A pattern with a slash is a path from the folder. One without is a name at any depth."""
    write(tmp_path, "app.py", "data/raw/big.bin", "raw/small.bin", "web/notes.md")
    assert names(tmp_path, "data/raw", "*.md") == ["app.py", "raw/small.bin"]


def test_links_are_followed_and_circles_are_an_error(tmp_path: Path) -> None:
    """A shared folder beside the app can be linked into it."""
    write(tmp_path, "shared/tool.py", "app/app.py")
    (tmp_path / "app" / "shared").symlink_to(tmp_path / "shared")
    assert names(tmp_path / "app") == ["app.py", "shared/tool.py"]
    (tmp_path / "app" / "again").symlink_to(tmp_path / "app")
    with pytest.raises(ValueError, match="again is a link to a folder that contains it"):
        names(tmp_path / "app")


def test_a_broken_link_is_an_error(tmp_path: Path) -> None:
    """The error names the link."""
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="gone is a broken link"):
        names(tmp_path)


def test_file_modes_in_the_asset_depend_only_on_the_content(tmp_path: Path) -> None:
    """The copy has no umask and no mode of the checkout. The folder is unchanged."""
    entry, copy = tmp_path / "entry", tmp_path / "copy"
    write(entry, "app.py", "bin/tool")
    (entry / "bin" / "tool").write_text("#!/bin/sh\n")
    (entry / "app.py").chmod(0o600)
    before = sorted(path.relative_to(entry) for path in entry.rglob("*"))
    copy.mkdir(mode=0o700)
    old = os.umask(0o077)
    try:
        copy_code(entry, copy, files={"run.sh": b"#!/bin/sh\n"})
    finally:
        os.umask(old)
    modes = {
        path.relative_to(copy).as_posix(): stat.S_IMODE(path.stat().st_mode)
        for path in [copy, *copy.rglob("*")]
    }
    assert modes == {".": 0o755, "app.py": 0o644, "bin": 0o755, "bin/tool": 0o755, "run.sh": 0o755}
    assert sorted(path.relative_to(entry) for path in entry.rglob("*")) == before
