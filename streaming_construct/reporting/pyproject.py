"""`[tool.streaming-construct]` of the `pyproject.toml` above the working folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from streaming_construct.model.source_location import SourceLocation
from streaming_construct.rules.suppression import Suppression

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_TABLE: Final = "streaming-construct"
_KEYS: Final = {"id", "reason", "where"}


class PyprojectError(ValueError):
    """The table in `pyproject.toml` is invalid; the message names the file and the problem."""


def read_pyproject_suppressions(folder: Path) -> tuple[Suppression, ...]:
    """Read the suppressions of the nearest `pyproject.toml` at or above `folder`; none without one.

    Raises:
        PyprojectError: The file is not TOML, or its table is not as documented.
    """
    for above in (folder, *folder.parents):
        file = above / "pyproject.toml"
        if file.is_file():
            return tuple(_read_suppressions(file))
    return ()


def _read_suppressions(file: Path) -> Iterator[Suppression]:
    try:
        project = _parse_toml(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PyprojectError(f"{file} cannot be read: {error}") from error
    table = project.get("tool", {}).get(_TABLE, {})
    entries = table.get("suppress", []) if isinstance(table, dict) else None
    if not isinstance(entries, list):
        raise PyprojectError(
            f"{file}: suppress is not a list of tables. Write [[tool.{_TABLE}.suppress]]."
        )
    for entry in entries:
        yield _parse_suppression(entry, file)


@lru_cache(maxsize=4)  # parsing a large file takes longer than linting a small template
def _parse_toml(text: str) -> dict[str, Any]:
    """Parse TOML; callers must not change the result."""
    return tomllib.loads(text)


def _parse_suppression(table: Any, file: Path) -> Suppression:
    is_table = isinstance(table, dict) and "id" in table and table.keys() <= _KEYS
    if not is_table or not all(isinstance(value, str) for value in table.values()):
        raise PyprojectError(
            f"{file}: [[tool.{_TABLE}.suppress]] has {table}. "
            "Write id, reason and where as strings."
        )
    return Suppression(
        rule=table["id"],
        reason=table.get("reason"),
        scope=table.get("where"),
        origin=SourceLocation(file=str(file)),
    )
