"""Migration: what is found before, and nothing that breaks a stream after."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from streaming_construct.lint.command import lint
from streaming_construct.local.local_api import LocalApi
from streaming_construct.runtime import HttpResponse
from tests.docs.pages import ROOT, blocks, page, section
from tests.support.synthesis import run_app


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lambda_src").symlink_to(ROOT / "lambda_src")
    monkeypatch.chdir(tmp_path)


def found(path: str) -> set[str]:
    """Return the ids of what lint finds."""
    done = CliRunner().invoke(lint, [path, "--format", "json"])
    assert done.exit_code in {0, 1}, done.output
    return {finding["rule"] for finding in json.loads(done.stdout)}


def told(text: str) -> set[str]:
    """Return the ids that stand between the two blocks of a section."""
    (paragraph,) = re.findall(r"^Found: (.*?)\n\n", text, re.DOTALL | re.MULTILINE)
    return set(re.findall(r"\[`([a-z-]+)`\]", paragraph))


def synthesize(code: str) -> str:
    # Node.js resolves the paths of assets, and its working folder is another one.
    return str(run_app(code.replace('"lambda_src/', f'"{ROOT}/lambda_src/'), Path.cwd()))


def test_an_api_of_cdks_own_has_what_is_told_and_ours_has_nothing() -> None:
    """Both as they stand."""
    text = section(page("migration"), "From CDK's `RestApi`")
    before, after = blocks(text, "python")

    assert found(synthesize(before)) == told(text)
    assert found(synthesize(after)) == set()


def test_a_sam_template_has_what_is_told_and_then_nothing() -> None:
    """SAM's own translator reads both."""
    text = section(page("migration"), "From SAM")
    before, after = blocks(text, "yaml")
    Path("before.yaml").write_text(before)
    Path("after.yaml").write_text(after)

    assert found("before.yaml") == told(text)
    assert found("after.yaml") == set()


def test_the_handler_that_yields_says_what_the_one_that_returns_said() -> None:
    """The same status, headers and rows, in pieces."""
    before, after, _ = blocks(section(page("migration"), "From buffered responses"), "python")
    whole, (head, *pieces) = handle(before), list(handle(after))

    assert repr(head) == repr(HttpResponse(whole["statusCode"], list(whole["headers"].items())))
    assert "".join(pieces) == whole["body"]
    assert len(pieces) == 3


def handle(code: str) -> Any:
    names: dict[str, Any] = {}
    exec(code, names)
    return names["handler"]({}, None)


def test_the_handler_that_yields_is_served() -> None:
    """With the stack of the page."""
    _, handler, stack = blocks(section(page("migration"), "From buffered responses"), "python")
    Path("rows").mkdir()
    Path("rows/index.py").write_text(handler)

    with LocalApi.from_assembly(synthesize(stack)) as api:
        answer = httpx.get(api.url("/"), timeout=60)

    assert answer.headers["content-type"] == "application/jsonl"
    assert [json.loads(line)["id"] for line in answer.text.splitlines()] == [1, 2, 3]
