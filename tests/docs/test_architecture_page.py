"""docs/architecture.md lists the folders of the package, and the glossary is sorted."""

from __future__ import annotations

from pathlib import Path

import streaming_construct
from tests.docs.pages import find_section, list_table_rows, read_page

PACKAGE = Path(streaming_construct.__file__).parent


def test_the_tree_has_every_folder_and_no_other() -> None:
    """A folder is listed if it has an `__init__` module."""
    listed = {
        row[0].strip("`")
        for row in list_table_rows(find_section(read_page("architecture"), "The tree"))
    }
    folders = {
        f"{module.parent.relative_to(PACKAGE).as_posix()}/"
        for module in PACKAGE.rglob("__init__.py")
        if module.parent != PACKAGE
    }

    assert listed == folders


def test_the_glossary_is_sorted() -> None:
    """Without regard to case."""
    terms = [row[0].lower() for row in list_table_rows(read_page("glossary"))]

    assert len(terms) > 30
    assert terms == sorted(terms)
