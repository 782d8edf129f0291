"""How the guide is built: `make docs`."""

import re

from sphinx.application import Sphinx

project = "streaming-construct"
copyright = "streaming-construct contributors"  # noqa: A001 - Sphinx reads its settings by these names
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "Streaming REST APIs"
html_show_sphinx = False
html_copy_source = False
# Headings have the anchors that code hosts give them, so that a link works here as it does there.
myst_heading_anchors = 4


def contents_from_lists(_app: Sphinx, page: str, source: list[str]) -> None:
    """Make the lists of the first page the table of contents.

    Code hosts show a `toctree` as code; this way the page is written once, for both.
    """
    if page != "index":
        return
    _, *parts = re.split(r"^\*\*(.+)\*\*$", source[0], flags=re.MULTILINE)
    for caption, items in zip(parts[::2], parts[1::2], strict=True):
        entries = re.findall(r"\[([^\]]+)\]\((\S+)\.md\)", items)
        lines = "\n".join(f"{title} <{name}>" for title, name in entries)
        source[0] += f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{lines}\n```\n"


def setup(app: Sphinx) -> None:
    """Let Sphinx call what is above."""
    app.connect("source-read", contents_from_lists)
