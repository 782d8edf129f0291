"""docs/getting-started.md: its project streams, and its output is the one on the page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from streaming_construct.lint.command import lint
from streaming_construct.local.local_api import LocalApi
from streaming_construct.probe.command import probe
from tests.docs.code_blocks import list_blocks, list_named_blocks
from tests.docs.examples import list_examples, run_app
from tests.docs.pages import ROOT, read_page


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of the reader after the second step, synthesized."""
    folder = tmp_path_factory.mktemp("start")
    for name, code in list_named_blocks(read_page("getting-started")).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(code)
    apps = [e for e in list_examples("getting-started") if e.parsed.startswith("# app.py\n")]
    return run_app(apps[-1], folder)


@pytest.fixture(scope="module")
def api(assembly: Path) -> Iterator[LocalApi]:
    """The API of the third step, served."""
    with LocalApi.from_assembly(assembly) as local_api:
        yield local_api


def test_the_app_of_the_page_streams_event_by_event(api: LocalApi) -> None:
    """The verdict is the one on the page, apart from the figures."""
    done = CliRunner().invoke(probe, [api.url_for_path("/chat"), "--no-color"])

    assert done.exit_code == 0, done.output
    expected = list_blocks(read_page("getting-started"), "text")[-1].strip()
    (verdict,) = re.findall(r"^streamed: .*$", done.stdout, re.MULTILINE)
    assert re.sub(r"[\d.]+ s|\d\.\d+", "0", verdict) == re.sub(r"[\d.]+ s|\d\.\d+", "0", expected)
    gaps = [float(gap) for gap in re.findall(r"\+(\d\.\d+)", done.stdout)]
    assert len(gaps) == 7
    assert min(gaps) > 0.2


def test_synthesis_has_no_warning(assembly: Path) -> None:
    """All requirements are pinned."""
    metadata = json.loads((assembly / "Chat.metadata.json").read_text(encoding="utf-8"))
    messages = [message for entries in metadata.values() for message in entries]
    warnings = [message["data"] for message in messages if message["type"] == "aws:cdk:warning"]

    assert warnings == []


def test_lint_finds_nothing_in_the_app_of_the_page(assembly: Path) -> None:
    """The construct and lint agree on each default."""
    done = CliRunner().invoke(lint, [str(assembly)])

    assert (done.exit_code, done.stdout.strip()) == (0, ""), done.output


def test_the_output_has_the_name_on_the_page(assembly: Path) -> None:
    """`cdk deploy` prints this output."""
    template = json.loads((assembly / "Chat.template.json").read_text(encoding="utf-8"))

    assert "ChatUrl" in template["Outputs"]
    assert "`ChatUrl`" in read_page("getting-started")


def test_the_versions_are_those_of_the_sample() -> None:
    """The tests of the sample use the same versions."""
    sample = (ROOT / "lambda_src" / "web" / "requirements.txt").read_text(encoding="utf-8")
    _, *pinned = list_named_blocks(read_page("getting-started"))[
        "chat/requirements.txt"
    ].splitlines()

    assert set(pinned) <= set(sample.splitlines())
