"""docs/streaming-rest-api.md: its example synthesizes, and the error is the one on the page."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import Duration

from tests.docs.code_blocks import list_blocks
from tests.docs.examples import list_examples, run_example
from tests.docs.pages import ROOT, read_page
from tests.support.synthesis import integration, synthesize

PAGE = read_page("streaming-rest-api")


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names that the example defines. The fixture skips its synthesis."""
    monkeypatch.chdir(ROOT)
    (example,) = list_examples("streaming-rest-api")
    return run_example(example, replacements={"app.synth()": ""})


def test_the_routes_have_their_transfer_modes(names: dict[str, Any]) -> None:
    """The second route is buffered."""
    template = synthesize(names["stack"])

    assert integration(template, "/chat/{id}", "POST")["responseTransferMode"] == "STREAM"
    assert integration(template, "/health", "GET")["responseTransferMode"] == "BUFFERED"


def test_the_error_is_the_one_on_the_page(names: dict[str, Any]) -> None:
    """The error equals the page word for word."""
    with pytest.raises(ValueError, match="Chat/Api") as raised:
        names["api"].add_route("/files/{path+}/meta", timeout=Duration.minutes(20))

    assert f"{raised.value}\n" in list_blocks(PAGE, "text")
