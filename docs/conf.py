"""How the guide is built: `make docs`."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import PycodeError
from sphinx.pycode import ModuleAnalyzer

project = "streaming-construct"
copyright = "streaming-construct contributors"  # noqa: A001 - Sphinx reads its settings by these names
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
html_theme = "furo"
html_title = project
html_show_sphinx = False
html_copy_source = False
html_static_path = ["guide.css"]
html_css_files = ["guide.css"]
# Headings have the anchors that code hosts give them, so that a link works here as it does there.
myst_heading_anchors = 4
# The reference: docstrings name code in single backticks, and hints stand with the arguments.
default_role = "code"
autodoc_class_signature = "separated"
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
# Buttons copy a command without its prompt and its output.
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True

_SUMMARY = "Build, test and operate API Gateway REST APIs that stream, in Python with the AWS CDK."


def read_contents(index: str) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Yield the captions of the first page, each with its pages: title, name and description.

    The pages are those of lists. A table links pages that a list has, too.
    """
    _, *parts = re.split(r"^\*\*(.+)\*\*$", index, flags=re.MULTILINE)
    for caption, items in zip(parts[::2], parts[1::2], strict=True):
        lists = re.sub(r"^\|.*", "", items, flags=re.MULTILINE)
        entries = re.findall(r"\[([^\]]+)\]\((\S+)\.md\)((?:.|\n(?=  ))*)", lists)
        pages = [
            (title, name, " ".join(text.split()).strip(":., ")) for title, name, text in entries
        ]
        if pages:
            yield caption, pages


def add_contents(_app: Sphinx, page: str, source: list[str]) -> None:
    """Make the lists of the first page the table of contents.

    Code hosts show a `toctree` as code; this way the page is written once, for both.
    """
    if page != "index":
        return
    for caption, entries in read_contents(source[0]):
        lines = "\n".join(f"{title} <{name}>" for title, name, _ in entries)
        source[0] += f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{lines}\n```\n"


def write_markdown(app: Sphinx, exception: Exception | None) -> None:
    """Write each page as Markdown beside its HTML, and `llms.txt`, which lists them.

    https://llmstxt.org/
    """
    if exception or app.builder.format != "html":
        return
    for file in Path(app.srcdir).glob("*.md"):
        shutil.copy(file, app.outdir)
    lines = [f"# {project}", "", f"> {_SUMMARY}"]
    index = (Path(app.srcdir) / "index.md").read_text(encoding="utf-8")
    for caption, entries in read_contents(index):
        lines += ["", f"## {caption}", ""]
        lines += [f"- [{title}]({name}.md): {text or title}" for title, name, text in entries]
    (Path(app.outdir) / "llms.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def skip_sources_of_others() -> None:
    """Let autodoc read only sources of this package: those of the CDK take most of the build."""
    for_module = ModuleAnalyzer.for_module

    def own(name: str) -> ModuleAnalyzer:
        if name.partition(".")[0] != "streaming_construct":
            message = f"{name} is not documented here"
            raise PycodeError(message)
        return for_module(name)

    ModuleAnalyzer.for_module = own  # type: ignore[assignment,method-assign] # sphinx has no setting


def setup(app: Sphinx) -> None:
    """Let Sphinx call the functions above."""
    skip_sources_of_others()
    app.connect("source-read", add_contents)
    app.connect("build-finished", write_markdown)
