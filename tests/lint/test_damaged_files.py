"""A damaged file has findings, or one error."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from streaming_construct.documents.document import read_document
from streaming_construct.lint.command import lint

CORPUS = sorted(Path(__file__).parent.joinpath("corpus").iterdir())
JUNK: tuple[Any, ...] = (
    *(None, 1, -1, True, "", "x", [], {}, [1], [None], {"a": None}, 1e308, "9" * 400),
    *({"Ref": "Nope"}, {"Fn::GetAtt": "A.B"}, {"Fn::GetAtt": 1}, {"Fn::Sub": "${X}"}),
    *({"Fn::Sub": True}, {"Fn::Join": ["", [{"Ref": "Nope"}]]}, "arn:aws:lambda:::"),
)


def paths_in(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path to each value in a tree."""
    if way:
        yield way
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from paths_in(value[key], (*way, key))


def replace_at(value: Any, way: tuple[Any, ...], junk: Any) -> Any:
    """Return a copy of a tree with another value in one place."""
    copy = target = json.loads(json.dumps(value))
    for key in way[:-1]:
        target = target[key]
    target[way[-1]] = junk
    return copy


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.name)
def test_a_damaged_file_has_findings_or_an_error(file: Path, tmp_path: Path) -> None:
    """Eight places of each file are damaged, the same places in every run."""
    chance = random.Random(file.name)
    data = json.loads(json.dumps(read_document(file).data))
    places = list(paths_in(data))
    for way in chance.choices(places, k=8):
        junk = chance.choice(JUNK)
        (tmp_path / "t.json").write_text(json.dumps(replace_at(data, way, junk)))
        result = CliRunner().invoke(lint, [str(tmp_path / "t.json"), "--format", "sarif"])

        assert isinstance(result.exception, SystemExit | None), (way, junk, result.exception)
        assert result.exit_code in {0, 1, 2}
        # lint checks the rest of a file with a part that it cannot read.
        assert result.exit_code == 2 or result.stdout
        assert ("Error: " in result.stderr) is (result.exit_code == 2)
