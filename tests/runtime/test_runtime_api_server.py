"""The Runtime API of these tests sends events only to running processes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.runtime.events import rest_event

if TYPE_CHECKING:
    from tests.runtime.conftest import Function

SOURCE = "def handler(event, context):\n    yield 'ok'\n"


@pytest.mark.parametrize("seconds", [0, 0.05])
def test_the_poll_of_a_killed_process_receives_no_event(function: Function, seconds: float) -> None:
    """A process that polls is killed. The event goes to the next process."""
    for _ in range(4):
        function.start(SOURCE)
        assert function.call(rest_event()).payload == b"ok"
        time.sleep(seconds)
        function.end()
