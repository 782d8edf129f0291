"""Hostile documents are one sentence and exit status 2, in bounded time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from streaming_construct.documents.bounds import BoundsError, check_yaml_bounds
from streaming_construct.documents.document import read_document
from streaming_construct.documents.errors import SourceError
from streaming_construct.documents.openapi_errors import OpenApiError
from streaming_construct.documents.yaml_12 import parse
from streaming_construct.lint.command import lint

BOMB = "a0: &a0 [" + ", ".join(["x"] * 9) + "]\n"
BOMB += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
RESOURCE = "Resources: {A: {Type: AWS::ApiGateway::RestApi, Properties: {Name: VALUE}}}\n"

YAML = {
    "aliases": BOMB,
    "alias of itself": "Resources: &all\n  Api: {Type: AWS::ApiGateway::RestApi, Tags: *all}\n",
    "merges": "a0: &a0 {x: 1}\n"
    + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 12)),
    "depth": "[" * 100_000,
    "depth of mappings": RESOURCE.replace("VALUE", "{a: " * 3000 + "1" + "}" * 3000),
    "digits": RESOURCE.replace("VALUE", "9" * 100_000),
    "exponent": RESOURCE.replace("VALUE", "1.0e+99999999"),
    "half of a surrogate pair": 'Resources: {A: {Type: "\\ud800"}}',
    "sexagesimal": RESOURCE.replace("VALUE", ":".join(["59"] * 20_000)),
}
JSON = {
    "depth": "[" * 100_000,
    "depth of objects": '{"a":' * 900 + "1" + "}" * 900,
    "digits": '{"a": ' + "9" * 100_000 + "}",
    "exponent": '{"a": 1e999}',
    "half of a surrogate pair": '{"a": {"\\udc00x": 1}}',
    "constant": '{"a": NaN}',
}


@pytest.mark.parametrize("text", YAML.values(), ids=YAML)
def test_a_hostile_template_in_yaml_is_an_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(text)
    with pytest.raises(SourceError, match="cannot be read as YAML"):
        read_document(file)


@pytest.mark.parametrize("text", JSON.values(), ids=JSON)
def test_a_hostile_template_in_json_is_an_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "template.json"
    file.write_text(text)
    with pytest.raises(SourceError, match="cannot be read as JSON"):
        read_document(file)


@pytest.mark.parametrize("name", ["aliases", "alias of itself", "merges", "depth", "digits"])
def test_a_hostile_openapi_document_is_an_error(name: str) -> None:
    with pytest.raises(OpenApiError):
        parse(YAML[name], "api.yaml")


def test_ordinary_aliases_and_merges_are_read() -> None:
    check_yaml_bounds("a: &a {x: 1}\nb: *a\nc: {<<: *a, y: [*a, *a]}\n")
    with pytest.raises(BoundsError, match="line 2: the alias"):
        check_yaml_bounds("a: &a\n  b: *a\n")


@pytest.mark.parametrize("name", ["aliases", "alias of itself", "depth"])
def test_lint_prints_a_sentence_and_exits_with_2(tmp_path: Path, name: str) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(YAML[name])
    result = CliRunner().invoke(lint, [str(file)])
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    assert json.dumps(result.stderr).count("cannot be read") == 1
