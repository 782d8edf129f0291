"""The requirement of a new project on this package."""

from __future__ import annotations

import json
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from streaming_construct.init.requirement import build_package_requirement

COMMIT = "0" * 40
REPOSITORY = "git+https://example.com/repository"


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (None, "streaming-construct[local]==1.2.3"),
        (
            {"url": "file:///clone", "dir_info": {"editable": True}},
            "streaming-construct[local] @ file:///clone",
        ),
        (
            {"url": "file:///dist/x.whl", "archive_info": {}},
            "streaming-construct[local] @ file:///dist/x.whl",
        ),
        (
            {
                "url": "https://example.com/repository",
                "vcs_info": {"vcs": "git", "commit_id": COMMIT},
                "subdirectory": "package",
            },
            f"streaming-construct[local] @ {REPOSITORY}@{COMMIT}#subdirectory=package",
        ),
    ],
)
def test_the_requirement_has_the_source_of_the_installed_package(
    tmp_path: Path, origin: dict[str, Any] | None, expected: str
) -> None:
    (tmp_path / "METADATA").write_text("Name: streaming-construct\nVersion: 1.2.3\n")
    if origin is not None:
        (tmp_path / "direct_url.json").write_text(json.dumps(origin))
    requirement = build_package_requirement(PathDistribution(tmp_path))

    assert requirement == expected
    assert Requirement(requirement).extras == {"local"}
