"""Suppressions in `pyproject.toml`."""

from __future__ import annotations

from pathlib import Path

import pytest

from streaming_construct.model.source_location import SourceLocation
from streaming_construct.reporting.pyproject import PyprojectError, read_pyproject_suppressions
from streaming_construct.rules.suppression import Suppression


def test_suppressions_are_read_from_the_nearest_parent_folder(tmp_path: Path) -> None:
    """Other tools find their tables in the same way."""
    file = tmp_path / "pyproject.toml"
    file.write_text(
        "[[tool.streaming-construct.suppress]]\n"
        'id = "edge-idle-timeout"\nreason = "heartbeats"\nwhere = "Chat/*"\n'
        '[[tool.streaming-construct.suppress]]\nid = "reserved-path"\n'
    )
    below = tmp_path / "infra" / "stacks"
    below.mkdir(parents=True)

    assert read_pyproject_suppressions(below) == (
        Suppression(
            rule="edge-idle-timeout",
            reason="heartbeats",
            scope="Chat/*",
            origin=SourceLocation(file=str(file)),
        ),
        Suppression(rule="reserved-path", reason=None, origin=SourceLocation(file=str(file))),
    )


def test_a_file_without_the_table_suppresses_nothing(tmp_path: Path) -> None:
    """The search ends at this file."""
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")

    assert read_pyproject_suppressions(tmp_path) == ()


@pytest.mark.parametrize(
    "text",
    [
        "[tool",
        "tool.streaming-construct = 1",
        "tool.streaming-construct.suppress = 'all'",
        "tool.streaming-construct.suppress = ['all']",
        "[[tool.streaming-construct.suppress]]\nreason = 'r'",
        "[[tool.streaming-construct.suppress]]\nid = 'a'\nresaon = 'r'",
        "[[tool.streaming-construct.suppress]]\nid = 'a'\nreason = 1",
    ],
)
def test_an_invalid_table_is_an_error(tmp_path: Path, text: str) -> None:
    """A misspelled key would silently suppress nothing, or everything."""
    (tmp_path / "pyproject.toml").write_text(text)

    with pytest.raises(PyprojectError, match=r"pyproject\.toml"):
        read_pyproject_suppressions(tmp_path)
