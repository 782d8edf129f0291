"""A file with a JSON or YAML object in it, read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from streaming_construct.documents.errors import SourceError

_YAML = frozenset({".yaml", ".yml"})
_JSON = frozenset({".json", ".template"})


def read_document(file: Path) -> Mapping[str, Any]:
    """Read a file by its suffix; one that tells nothing is tried as JSON, then as YAML.

    Raises:
        SourceError: The file cannot be read, or its top is not an object.
    """
    suffix = file.suffix.lower()
    if suffix in _YAML or (suffix not in _JSON and not _looks_like_json(file)):
        from streaming_construct.documents.cloudformation_yaml import parse_yaml

        return parse_yaml(file)
    return read_json(file)


def read_json(file: Path) -> Mapping[str, Any]:
    """Read a JSON file.

    Raises:
        SourceError: The file is no JSON, or its top is not an object.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise SourceError(f"{file} cannot be read as JSON: {error}") from error
    if not isinstance(content, dict):
        raise SourceError(f"{file} is not a JSON object")
    return content


def _looks_like_json(file: Path) -> bool:
    try:
        return file.read_text(encoding="utf-8").lstrip().startswith("{")
    except (OSError, ValueError):
        return True
