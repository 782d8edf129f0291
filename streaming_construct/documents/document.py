"""`Document`: a JSON or YAML file, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streaming_construct.documents.bounds import parse_bounded_json
from streaming_construct.documents.duplicate_keys import (
    DuplicateKeysError,
    find_json_duplicates,
    reject_repeated_keys,
)
from streaming_construct.documents.errors import SourceError
from streaming_construct.documents.file_text import FileTextError, read_file_text
from streaming_construct.documents.openapi_errors import ImportProblem, OpenApiError
from streaming_construct.documents.positions import Position, find_json_position, find_node_position
from streaming_construct.documents.yaml_12 import is_json, parse

if TYPE_CHECKING:
    import yaml

_YAML = frozenset({".yaml", ".yml"})
_JSON = frozenset({".json"})


@dataclass(frozen=True, kw_only=True, eq=False)
class Document:
    """The text of a JSON or YAML file, and the object in it.

    `read_document` reads YAML as CloudFormation does: `data` has the long forms of intrinsic
    functions. `read_openapi_document` reads YAML 1.2, and its `data` may be any value.
    """

    path: Path
    text: str
    data: Mapping[str, Any]

    def find_position(self, pointer: str) -> Position | None:
        """Return the position of the key or element that a JSON pointer (RFC 6901) names."""
        if self._node is None:
            return find_json_position(self.text, pointer)
        return find_node_position(self._node, pointer)

    @cached_property
    def _node(self) -> yaml.Node | None:
        """The node graph of YAML; None for JSON."""
        if is_json(self.text):
            return None
        import yaml

        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is optional
        composed: yaml.Node | None = yaml.compose(self.text, Loader=loader)
        return composed


def read_document(file: Path) -> Document:
    """Read a JSON or YAML file.

    The suffix decides which it is. A file with another suffix is JSON if it starts with a brace.

    Raises:
        SourceError: The file cannot be read, or its top is not an object.
    """
    try:
        text = read_file_text(file)
    except FileTextError as error:
        raise SourceError(f"{file} {error}") from error
    return parse_document(file, text)


def read_openapi_document(file: Path) -> Document:
    """Read a JSON or YAML 1.2 file.

    Raises:
        OpenApiError: The file cannot be read or is neither. The error has line and column.
    """
    try:
        text = read_file_text(file)
    except FileTextError as error:
        raise OpenApiError(str(file), [ImportProblem(message=f"the file {error}")]) from error
    return Document(path=file, text=text, data=parse(text, str(file)))


def parse_document(file: Path, text: str) -> Document:
    """Parse the text of a JSON or YAML file, as `read_document` does.

    Raises:
        SourceError: The text cannot be read, or its top is not an object.
    """
    if not text.strip():
        raise SourceError(
            f"{file} is empty. Write a template, an OpenAPI document or a plan to it."
        )
    suffix = file.suffix.lower()
    if suffix in _YAML or (suffix not in _JSON and not text.lstrip().startswith("{")):
        from streaming_construct.documents.cloudformation_yaml import parse_yaml

        return Document(path=file, text=text, data=parse_yaml(text, str(file)))
    return Document(path=file, text=text, data=parse_json(text, str(file)))


def parse_json(text: str, name: str) -> Mapping[str, Any]:
    """Parse a JSON object that errors call `name`.

    Raises:
        SourceError: The text is not JSON, or its top is not an object.
    """
    try:
        content = parse_bounded_json(text, object_pairs_hook=reject_repeated_keys)
    except DuplicateKeysError as error:
        located = DuplicateKeysError(tuple(find_json_duplicates(text)))
        raise SourceError(f"{name} cannot be read as JSON: {located}") from error
    except ValueError as error:
        raise SourceError(f"{name} cannot be read as JSON: {error}") from error
    if not isinstance(content, dict):
        raise SourceError(f"{name} is not a JSON object. Pass a file whose content is an object.")
    return content
