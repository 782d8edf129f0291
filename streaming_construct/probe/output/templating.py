"""Rendering of the Jinja2 templates in `templates/`, with autoescape."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

# Characters that neither XML nor HTML may contain, not even escaped, and the C1 controls.
# https://www.w3.org/TR/xml/#charsets
_INVALID: Final = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_template(name: str, **values: object) -> Markup:
    """Render a template. Characters that are invalid in XML become question marks."""
    return Markup(_create_environment().get_template(name).render(values))  # noqa: S704 - autoescape is on


@cache
def _create_environment() -> Environment:
    return Environment(
        loader=PackageLoader("streaming_construct.probe.output"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_replace_invalid,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _replace_invalid(value: object) -> object:
    is_plain = isinstance(value, str) and not isinstance(value, Markup)
    return _INVALID.sub("?", str(value)) if is_plain else value
