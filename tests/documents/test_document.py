"""JSON and YAML files: the suffix and the text decide the format."""

from __future__ import annotations

from pathlib import Path

import pytest

from streaming_construct.documents.document import parse_document
from streaming_construct.documents.errors import SourceError


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
