"""docs/migration.md: lint finds the named rules before a migration, and nothing after it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from sybil import Example

from streaming_construct.lint.command import lint
from streaming_construct.local.local_api import LocalApi
from streaming_construct.runtime import HttpResponse
from tests.docs.code_blocks import list_blocks
from tests.docs.examples import list_examples, run_app, run_example
from tests.docs.pages import ROOT, find_section, read_page


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lambda_src").symlink_to(ROOT / "lambda_src")
    monkeypatch.chdir(tmp_path)


def lint_ids(path: str) -> set[str]:
    """Return the ids of the findings of lint."""
    done = CliRunner().invoke(lint, [path, "--format", "json"])
    assert done.exit_code in {0, 1}, done.output
    return {finding["rule"] for finding in json.loads(done.stdout)}


def ids_on_page(text: str) -> set[str]:
    """Return the ids between the two code blocks of a section."""
    (paragraph,) = re.findall(r"^Found: (.*?)\n\n", text, re.DOTALL | re.MULTILINE)
    return set(re.findall(r"\[`([a-z-]+)`\]", paragraph))


def synthesize(example: Example) -> str:
    # Node.js resolves the paths of assets, and its working folder is another one.
    return str(run_app(example, Path.cwd(), {'"lambda_src/': f'"{ROOT}/lambda_src/'}))


def test_cdks_rest_api_has_the_named_findings_and_ours_has_none() -> None:
    """The test synthesizes both examples unchanged."""
    heading = "From CDK's `RestApi`"
    before, after = list_examples("migration", heading)

    assert lint_ids(synthesize(before)) == ids_on_page(
        find_section(read_page("migration"), heading)
    )
    assert lint_ids(synthesize(after)) == set()


def test_the_sam_template_has_the_named_findings_until_it_is_corrected() -> None:
    """The SAM translator reads both templates."""
    text = find_section(read_page("migration"), "From SAM")
    before, after = list_blocks(text, "yaml")
    Path("before.yaml").write_text(before)
    Path("after.yaml").write_text(after)

    assert lint_ids("before.yaml") == ids_on_page(text)
    assert lint_ids("after.yaml") == set()


def test_both_handlers_produce_the_same_response() -> None:
    """The status, the headers and the rows are equal; one handler yields the rows one by one."""
    before, after, _ = list_examples("migration", "From buffered responses")
    response, (head, *chunks) = handle(before), list(handle(after))

    assert repr(head) == repr(
        HttpResponse(response["statusCode"], list(response["headers"].items()))
    )
    assert "".join(chunks) == response["body"]
    assert len(chunks) == 3


def handle(example: Example) -> Any:
    return run_example(example)["handler"]({}, None)


def test_the_generator_handler_streams() -> None:
    """The local gateway serves the stack of the page."""
    _, handler, stack = list_examples("migration", "From buffered responses")
    Path("rows").mkdir()
    Path("rows/index.py").write_text(handler.parsed)

    with LocalApi.from_assembly(synthesize(stack)) as api:
        response = httpx.get(api.url_for_path("/"), timeout=60)

    assert response.headers["content-type"] == "application/jsonl"
    assert [json.loads(line)["id"] for line in response.text.splitlines()] == [1, 2, 3]
