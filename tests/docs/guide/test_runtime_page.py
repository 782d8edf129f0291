"""The examples of docs/python-runtime.md run."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from streaming_construct.runtime import bundle
from tests.docs.code_blocks import list_blocks
from tests.docs.pages import read_page
from tests.runtime.events import rest_event

if TYPE_CHECKING:
    from tests.runtime.conftest import Function

PAGE = read_page("python-runtime")
EXAMPLES = list_blocks(PAGE, "python")


@pytest.mark.parametrize(
    ("source", "status", "body"),
    list(
        zip(
            EXAMPLES,
            [200, 201, 200],
            [b"one two three", b"data: hello\n\n", b"one"],
            strict=True,
        )
    ),
)
def test_every_example_streams(function: Function, source: str, status: int, body: bytes) -> None:
    """The examples run unchanged, apart from the seconds that they wait."""
    function.start(source.replace("sleep(1)", "sleep(0.1)"))

    response = function.call(rest_event())

    assert response.prelude["statusCode"] == status
    assert response.payload == body


def test_the_example_has_five_lines() -> None:
    """The page promises five lines."""
    assert len([line for line in EXAMPLES[0].splitlines() if line.strip()]) <= 5


def test_the_entry_point_of_the_image_serves_the_handler_of_cmd(function: Function) -> None:
    """The test joins ENTRYPOINT and CMD of the Dockerfile as Docker does."""
    (dockerfile,) = list_blocks(PAGE, "dockerfile")
    instructions = dict(re.findall(r"^(ENTRYPOINT|CMD) (.*)$", dockerfile, re.MULTILINE))
    entry_point, command = json.loads(instructions["ENTRYPOINT"]), json.loads(instructions["CMD"])

    # The fixture starts `python -m streaming_construct.runtime` and what follows.
    assert tuple(entry_point) == bundle.ENTRY_POINT
    function.start(EXAMPLES[0].replace("sleep(1)", "sleep(0)") + "\napp = handler\n", *command)

    assert function.call(rest_event()).payload == b"one two three"
