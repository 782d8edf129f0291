"""The guide builds without warnings, and each of its links leads to a page."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import streaming_construct
from tests.docs.code_blocks import list_blocks
from tests.docs.pages import DOCS, ROOT

GUIDE = ROOT / "build" / "guide"
Build = tuple[subprocess.CompletedProcess[str], Path]
BROKEN_LINKS = ("nowhere.md", "#no-heading", "../nowhere.py")


def build(source: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Build a guide as `make docs` does."""
    (line,) = re.findall(r"^\t\$\(BIN\)/python (-m sphinx .*)$", makefile(), re.MULTILINE)
    options = [str(source) if part == "docs" else part for part in line.split()[:-1]]
    return subprocess.run(
        [sys.executable, *options, str(target)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def makefile() -> str:
    return (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.guide
def test_the_guide_has_every_page_and_every_public_name() -> None:
    """`make docs` has built it: a warning or a broken link fails the build."""
    pages = {file.name for file in DOCS.glob("*.md")}
    assert {f"{file.stem}.md" for file in GUIDE.glob("*.html")} >= pages
    assert {file.name for file in GUIDE.glob("*.md")} >= pages
    listed = re.findall(r"^- \[.+\]\((.+\.md)\): .", (GUIDE / "llms.txt").read_text(), re.MULTILINE)
    assert set(listed) == pages - {"index.md"}
    reference = (GUIDE / "api-reference.html").read_text()
    assert all(f"streaming_construct.{name}" in reference for name in streaming_construct.__all__)


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory,
) -> Build:
    """A small guide with the settings of the real one: broken links, and a page in no list."""
    folder = tmp_path_factory.mktemp("guide")
    source = folder / "docs"
    source.mkdir()
    for name in ("conf.py", "guide.css"):
        (source / name).write_bytes((DOCS / name).read_bytes())
    pages = {
        "index": "# Title\n\n**Begin**\n\n- [First](a.md)\n- [Second](b.md)\n",
        "a": "# A longer title\n",
        "b": "# B\n" + "".join(f"\n[a link]({target})\n" for target in BROKEN_LINKS),
        "lost": "# Lost\n",
    }
    for name, text in pages.items():
        (source / f"{name}.md").write_text(text)
    return build(source, folder / "html"), folder / "html"


@pytest.mark.guide
def test_a_broken_link_and_an_unlisted_page_fail_the_build(
    built: Build,
) -> None:
    """So `make docs` fails for each of them in the real guide."""
    process, _ = built

    assert process.returncode == 1
    warnings = [line for line in process.stderr.splitlines() if "WARNING" in line]
    assert len(warnings) == len(BROKEN_LINKS) + 1
    for target in (*BROKEN_LINKS, "lost.md"):
        assert any(target.lstrip("#") in warning for warning in warnings), process.stderr


@pytest.mark.guide
def test_the_first_page_is_the_table_of_contents(
    built: Build,
) -> None:
    """The lists of the page are the sidebar of every page, in the same order with their
    captions."""
    _, html = built

    sidebar = (html / "a.html").read_text(encoding="utf-8")
    entries = re.findall(r">(Begin|First|Second)<", sidebar.split("sidebar-tree")[1])
    assert entries == ["Begin", "First", "Second"]


def test_git_ignores_the_built_guide() -> None:
    (folder,) = re.findall(r"^\t\$\(BIN\)/python -m sphinx .* (\S+)$", makefile(), re.MULTILINE)
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()

    assert f"/{Path(folder).parts[0]}/" in ignored


def test_the_readme_links_to_the_guide() -> None:
    """The link is above the first heading, and leads to the first page."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert "](docs/index.md)" in readme.split("\n## ")[0]


def test_every_page_with_code_is_read_by_a_test() -> None:
    """The test names the page outside of lists of pages, and runs its code blocks."""
    code = {
        file.stem
        for file in DOCS.glob("*.md")
        for kind in ("python", "yaml", "json", "toml", "dockerfile")
        if list_blocks(file.read_text(encoding="utf-8"), kind)
    }
    tests = [test.read_text(encoding="utf-8") for test in (ROOT / "tests").rglob("test_*.py")]
    read = {name for name in code for test in tests if re.search(rf'"{name}(\.md)?"[)\n]', test)}

    # The blocks of the generated page are files that tests/rules/test_examples.py runs.
    assert code - read - {"rules"} == set()
