"""The guide builds without a warning, and every link in it leads somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import streaming_construct
from tests.docs.pages import DOCS, ROOT, blocks

GUIDE = ROOT / "build" / "guide"


def build(source: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Build as `make docs` does."""
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
    """`make docs` has just built it: a warning, or a link that leads nowhere, failed that."""
    pages = {file.name for file in DOCS.glob("*.md")}
    assert {f"{file.stem}.md" for file in GUIDE.glob("*.html")} >= pages
    assert {file.name for file in GUIDE.glob("*.md")} >= pages
    listed = re.findall(r"^- \[.+\]\((.+\.md)\): .", (GUIDE / "llms.txt").read_text(), re.MULTILINE)
    assert set(listed) == pages - {"index.md"}
    reference = (GUIDE / "api-reference.html").read_text()
    assert all(f"streaming_construct.{name}" in reference for name in streaming_construct.__all__)


def guide(folder: Path, index: str, **pages: str) -> Path:
    """Write a small guide with the settings of the real one."""
    folder.mkdir()
    for name in ("conf.py", "guide.css"):
        (folder / name).write_bytes((DOCS / name).read_bytes())
    for name, text in {"index": index, **pages}.items():
        (folder / f"{name}.md").write_text(text)
    return folder


def test_a_link_that_leads_nowhere_and_a_lost_page_fail_the_build(tmp_path: Path) -> None:
    """So that the test above means something; a page is lost that no table of contents has."""
    links = {"page": "nowhere.md", "heading": "#nowhere", "file": "../nowhere.py"}
    index = "# Title\n" + "".join(f"\n[a {name}]({target})\n" for name, target in links.items())

    done = build(guide(tmp_path / "docs", index, lost="# Lost\n"), tmp_path / "html")

    assert done.returncode == 1
    warnings = [line for line in done.stderr.splitlines() if "WARNING" in line]
    assert len(warnings) == len(links) + 1
    for target in (*links.values(), "lost.md"):
        assert any(target.lstrip("#") in warning for warning in warnings), done.stderr


def test_the_first_page_is_the_table_of_contents(tmp_path: Path) -> None:
    """Its lists are the sidebar of every page, in their order and with their captions."""
    index = "# Title\n\n**Begin**\n\n- [First](a.md)\n- [Second](b.md)\n"
    source = guide(tmp_path / "docs", index, a="# A longer title\n", b="# B\n")

    assert build(source, tmp_path / "html").returncode == 0

    sidebar = (tmp_path / "html" / "a.html").read_text(encoding="utf-8")
    seen = re.findall(r">(Begin|First|Second)<", sidebar.split("sidebar-tree")[1])
    assert seen == ["Begin", "First", "Second"]


def test_git_ignores_what_is_built() -> None:
    """Nobody commits it."""
    (folder,) = re.findall(r"^\t\$\(BIN\)/python -m sphinx .* (\S+)$", makefile(), re.MULTILINE)
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()

    assert f"/{Path(folder).parts[0]}/" in ignored


def test_the_readme_leads_to_the_guide() -> None:
    """Near its beginning, by a link to the first page."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert "](docs/index.md)" in readme.split("\n## ")[0]


def test_every_page_with_code_is_read_by_a_test() -> None:
    """By one that names it outside of lists of pages, and runs its blocks."""
    code = {
        file.stem
        for file in DOCS.glob("*.md")
        for kind in ("python", "yaml", "json", "toml", "dockerfile")
        if blocks(file.read_text(encoding="utf-8"), kind)
    }
    tests = [test.read_text(encoding="utf-8") for test in (ROOT / "tests").rglob("test_*.py")]
    read = {name for name in code for test in tests if re.search(rf'"{name}(\.md)?"[)\n]', test)}

    # The blocks of the generated page are files that tests/rules/test_examples.py runs.
    assert code - read - {"rules"} == set()
