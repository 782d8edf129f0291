"""How the guide is built: `make docs`."""

project = "streaming-construct"
copyright = "streaming-construct contributors"  # noqa: A001 - Sphinx reads its settings by these names
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "Streaming REST APIs"
html_show_sphinx = False
html_copy_source = False
# Headings have the anchors that code hosts give them, so that a link works here as it does there.
myst_heading_anchors = 4
