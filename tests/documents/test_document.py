"""JSON and YAML files: the suffix and the text decide the format."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from streaming_construct.documents.cloudformation_yaml import parse_yaml
from streaming_construct.documents.document import (
    parse_document,
    read_document,
    read_openapi_document,
)
from streaming_construct.documents.errors import SourceError
from streaming_construct.documents.openapi_errors import OpenApiError
from streaming_construct.documents.yaml_12 import parse
from streaming_construct.templates.stacks.loader import load_stacks


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.template", "Resources: {A: {}}"),
        ("t.template", ' {"Resources": {"A": {}}}'),
        ("t.yaml", '{"Resources": {"A": {}}}'),
        ("t", "Resources: {A: {}}"),
    ],
)
def test_a_template_is_json_or_yaml(name: str, text: str) -> None:
    assert parse_document(Path(name), text).data == {"Resources": {"A": {}}}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a:\n\tb: c", "line 2: found character that cannot start any token"),
        ("a: b\n---\nc: d", "line 2: expected a single document in the stream, but found"),
        ("a: b: c", "line 1: mapping values are not allowed in this context"),
    ],
)
def test_an_error_is_one_line_with_its_location(text: str, reason: str) -> None:
    with pytest.raises(SourceError, match=f"t.yaml cannot be read as YAML: {reason}") as caught:
        parse_document(Path("t.yaml"), text)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("a:\n  b: 1\n  'b': 2\na: 3\n", ["line 3: the key 'b' is already on line 2", "line 4"]),
        ("a: [{b: 1, b: 2}]", ["line 1: the key 'b' is already on the same line"]),
        ('{"a": {"b": 1,\n"b": 2},\n\n"a":[]}', ["line 2: the key 'b'", "line 4: the key 'a'"]),
        ('{"x": "{\\"a:", "a\\"": 1,\n"a\\"": 2}', ["line 2: the key 'a\"'"]),
    ],
)
def test_repeated_keys_are_one_error_with_their_lines(text: str, problems: list[str]) -> None:
    """Parsers drop all but the last value of a key, as CloudFormation does."""
    with pytest.raises(SourceError) as caught:
        parse_document(Path("t"), text)
    with pytest.raises(OpenApiError) as openapi_error:
        parse(text, "t")

    for problem in problems:
        assert problem in str(caught.value)
        assert problem in str(openapi_error.value)


def test_a_key_may_override_a_merged_one_and_a_deployed_template_may_repeat_keys() -> None:
    merged = "a: &a {x: 1}\nb:\n  c: &c\n    <<: *a\n    x: 2\nd: {<<: *c, x: 3}\n"
    expected = {"a": {"x": 1}, "b": {"c": {"x": 2}}, "d": {"x": 3}}
    assert parse_document(Path("t.yaml"), merged).data == parse(merged, "t") == expected
    assert parse_yaml("a: 1\na: 2\n", "t", allow_duplicates=True) == {"a": 2}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{}".encode("utf-16"), "is encoded as UTF-16. Save it as UTF-8"),
        ("{}".encode("utf-32"), "is encoded as UTF-32. Save it as UTF-8"),
        (b"PK\x03\x04plan", "is a zip archive. Write a Terraform plan as JSON: `terraform show"),
        (b"a: b\nc: caf\xe9\n", "is not encoded as UTF-8: line 2 has the byte 0xe9"),
    ],
)
def test_another_encoding_is_named(content: bytes, problem: str, tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_bytes(content)
    for error, read in ((SourceError, read_document), (OpenApiError, read_openapi_document)):
        with pytest.raises(error, match=problem):
            read(file)


def test_broken_links_and_empty_files_are_named_and_pipes_are_read(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(SourceError, match="loop is a symbolic link to loop, which leads to no"):
        load_stacks(tmp_path / "loop")
    with pytest.raises(SourceError, match="/dev/null is empty"):
        load_stacks(Path("/dev/null"))
    reader, writer = os.pipe()
    os.write(writer, b"Resources: {}")
    os.close(writer)
    (stack,) = load_stacks(Path(f"/dev/fd/{reader}"))
    os.close(reader)
    assert stack.template == {"Resources": {}}
