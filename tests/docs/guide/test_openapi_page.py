"""docs/openapi.md: its examples synthesize APIs, and its command prints the document."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sybil import Example

from streaming_construct import OpenApi
from streaming_construct.openapi.command import openapi
from tests.docs.code_blocks import list_blocks
from tests.docs.examples import list_examples, run_app, run_example
from tests.docs.pages import read_page

PAGE = read_page("openapi")
FROM_APP, FROM_FILE, CONVERSION, *_ = list_examples("openapi")
APP = """
from fastapi import FastAPI

app = FastAPI()


@app.get("/files/{name:path}")
def file(name: str) -> str:
    return name
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files that the examples refer to."""
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "app.py").write_text(APP)
    (tmp_path / "chat.yaml").write_text(list_blocks(PAGE, "yaml")[0])
    return tmp_path


def integrations(folder: Path, example: Example) -> dict[str, Any]:
    """Run an example and return the integration of each of its operations."""
    template = json.loads((run_app(example, folder) / "Chat.template.json").read_text())
    (api,) = (r for r in template["Resources"].values() if r["Type"] == "AWS::ApiGateway::RestApi")
    return {
        f"{method.upper()} {path}": operation["x-amazon-apigateway-integration"]
        for path, item in api["Properties"]["Body"]["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }


def test_the_app_of_the_first_example_becomes_an_api(folder: Path) -> None:
    """The greedy parameter of its route is a greedy path variable."""
    definitions = integrations(folder, FROM_APP)

    assert {
        name: definition["responseTransferMode"] for name, definition in definitions.items()
    } == {"GET /files/{name+}": "STREAM"}


def test_the_file_of_the_second_example_becomes_an_api(folder: Path) -> None:
    """The overrides and the extension of the document apply."""
    definitions = integrations(folder, FROM_FILE)

    assert definitions["POST /chat"]["responseTransferMode"] == "STREAM"
    health = definitions["GET /health"]
    assert health["responseTransferMode"] == "BUFFERED"
    assert health["timeoutInMillis"] == 5000
    assert "Health" in json.dumps(health["uri"])


def test_the_conversion_of_the_last_example_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It prints the number of operations, and the omissions."""
    monkeypatch.chdir(folder)
    run_example(CONVERSION)
    output = capsys.readouterr().out

    assert output.startswith("2 operations\n")
    assert "tags (1)" in output


def test_the_example_of_the_extension_is_valid(folder: Path) -> None:
    """All its members are known and have the right types."""
    operation = "      " + list_blocks(PAGE, "yaml")[1]
    text = (folder / "chat.yaml").read_text()
    example = re.sub(
        r"^      x-streaming-construct.*\n", lambda _: operation, text, flags=re.MULTILINE
    )
    (folder / "chat.yaml").write_text(example)
    definitions = integrations(folder, FROM_FILE)

    assert "x-streaming-construct: {transferMode: BUFFERED" in example
    assert definitions["GET /health"]["timeoutInMillis"] == 20_000


def test_the_command_prints_the_document_and_the_report(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The output equals the page word for word."""
    monkeypatch.chdir(folder)
    (block,) = list_blocks(PAGE, "console")
    assert block.startswith("$ streaming-construct openapi ")
    words = block.split()[3:]
    done = CliRunner().invoke(openapi, words)

    assert json.loads(done.stdout)["openapi"] == "3.0.1"
    assert "operations converted: 2" in done.stderr


def test_without_pyyaml_the_error_names_the_extra_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is one sentence, and occurs only for YAML."""
    monkeypatch.setitem(sys.modules, "yaml", None)

    with pytest.raises(ValueError, match=r"missing: pip install 'streaming-construct\[local\]'"):
        OpenApi.from_file(folder / "chat.yaml")
