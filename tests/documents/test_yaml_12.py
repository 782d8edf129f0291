"""OpenAPI files become plain data. An error has line and column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from streaming_construct.documents.positions import Position, find_json_position, find_node_position
from streaming_construct.documents.yaml_12 import parse
from streaming_construct.openapi import OpenApi, OpenApiError

if TYPE_CHECKING:
    from pathlib import Path


def test_yaml_is_read_as_version_1_2() -> None:
    """Country codes, times, dates and response codes stay as they are written."""
    text = "enum: [NO, on, 12:30, 2026-01-02, 010, true, ~, 1.5, 1e3]\n200: ok\nyes: {<<: {a: 1}}\n"
    assert parse(text, "api.yaml") == {
        "enum": ["NO", "on", "12:30", "2026-01-02", 10, True, None, 1.5, 1000.0],
        "200": "ok",
        "yes": {"a": 1},
    }


def test_json_is_read_as_json_and_flow_yaml_as_yaml() -> None:
    """A brace may start both. Comments and trailing commas make it YAML."""
    assert parse('{"a": 1}', "api.json") == {"a": 1}
    assert parse('{"a": 1, # one\n "b": 2,}', "api.yaml") == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"a": 1,\n "b" 2}', "bad:2:6: "),
        ("a: 1\nb: [1\nc: 2\n", "bad:3:"),
        ("a: &a\n  b: *a\n", "bad:"),
        ("? [x]\n: 1\n", "bad:1:"),
        ('{"a": NaN}', "bad: "),
        ('{"a":' * 100_000, "nested too deeply"),
    ],
)
def test_a_syntax_error_has_its_location(text: str, place: str) -> None:
    """A cycle and an invalid number are errors, too."""
    with pytest.raises(OpenApiError) as caught:
        parse(text, "bad")
    assert place in str(caught.value)


def test_the_error_for_a_missing_file_names_it(tmp_path: Path) -> None:
    """The error names the file that cannot be read."""
    with pytest.raises(OpenApiError, match=r"absent\.yaml"):
        OpenApi.from_file(tmp_path / "absent.yaml")


def test_a_pointer_is_found_in_json_and_in_yaml() -> None:
    """Keys and elements have a line and a column, escaped names included."""
    json_text = '{\n  "paths": {\n    "/a/~b": {"x": ["}", {"k": 1}]}\n  }\n}'
    assert find_json_position(json_text, "/paths/~1a~1~0b") == Position(3, 5)
    assert find_json_position(json_text, "/paths/~1a~1~0b/x/1/k") == Position(3, 27)
    assert find_json_position(json_text, "/paths/none") is None
    node = yaml.compose("paths:\n  /a/~b:\n    x:\n      - 1\n      - k: 2\n")
    assert node is not None
    assert find_node_position(node, "/paths/~1a~1~0b/x/1/k") == Position(5, 9)
    assert find_node_position(node, "/paths/none") is None


def test_a_rejected_document_has_line_and_column_of_each_reason(tmp_path: Path) -> None:
    """Every reason has its location."""
    file = tmp_path / "api.yaml"
    file.write_text(
        "openapi: 3.0.3\npaths:\n  /a:\n    trace: {}\n  /b:\n    $ref: https://x.example/b\n"
    )
    with pytest.raises(OpenApiError) as caught:
        OpenApi.from_file(file).convert()
    text = str(caught.value)
    assert f"{file}:4:5: /paths/~1a/trace: API Gateway has no method TRACE" in text
    assert f"{file}:5:3: /paths/~1b: the path item is a reference to https://x.example/b" in text
    assert "0 operations" in text
