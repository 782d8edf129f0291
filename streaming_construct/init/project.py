"""The files of a new project."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from streaming_construct.init.requirement import build_package_requirement

# The templates, each with what its route does.
TEMPLATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "fastapi": "streams from a FastAPI app behind the Lambda Web Adapter.",
        "generator": "streams from a Python handler that yields, without an adapter.",
        "node": "streams from a Node.js handler.",
        "openapi": "is an operation of `openapi.yaml`, which a Python handler streams.",
    }
)

_FOLDER: Final = Path(__file__).parent / "templates"
_SUFFIX: Final = ".j2"
# A hidden file in the package would be easy to miss.
_HIDDEN: Final = "dot-"
_WORDS: Final = re.compile(r"[A-Za-z0-9]+")


def build_stack_name(project: str) -> str:
    """Return the name of the stack of a project, such as `MyChat` for `my-chat`.

    Raises:
        ValueError: The name does not begin with a letter from A to Z.
    """
    words = _WORDS.findall(project)
    name = "".join(word[0].upper() + word[1:] for word in words)
    if not name or not name[0].isalpha():
        raise ValueError(
            f"the name {project!r} does not begin with a letter from A to Z. Choose another name."
        )
    return name


def render_project_files(project: str, template: str) -> dict[str, str]:
    """Return the files of a project by their paths.

    Raises:
        ValueError: A stack cannot have the name of the project.
    """
    values = {
        "name": project,
        "stack": build_stack_name(project),
        "sentence": TEMPLATES[template],
        "requirement": build_package_requirement(),
    }
    return {
        path: text
        for folder in ("common", template)
        for path, text in _render_files(_FOLDER / folder, values)
    }


def _render_files(folder: Path, values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    environment = Environment(  # noqa: S701 - the files are not HTML
        loader=FileSystemLoader(folder), keep_trailing_newline=True, undefined=StrictUndefined
    )
    for name in sorted(environment.list_templates(extensions=[_SUFFIX[1:]])):
        path = Path(name.removesuffix(_SUFFIX))
        if path.name.startswith(_HIDDEN):
            path = path.with_name("." + path.name.removeprefix(_HIDDEN))
        yield path.as_posix(), environment.get_template(name).render(values)
