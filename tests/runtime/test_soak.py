"""Many invocations leave no memory, threads or connections behind.

`SOAK_INVOCATIONS=5000` is a longer run.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.runtime.events import rest_event

if TYPE_CHECKING:
    from tests.runtime.conftest import Function

INVOCATIONS = int(os.environ.get("SOAK_INVOCATIONS", "750"))
WARM_UP = INVOCATIONS // 4
SOURCES = {
    "generator": """
        def handler(event, context):
            for i in range(100):
                yield b"x" * 1000
            if event["path"] == "/bad":
                raise ValueError("bad")
        """,
    "starlette": """
        from starlette.applications import Starlette
        from starlette.responses import StreamingResponse
        from starlette.routing import Route
        async def stream(request):
            async def chunks():
                for i in range(100):
                    yield b"x" * 1000
                if request.url.path == "/bad":
                    raise ValueError("bad")
            return StreamingResponse(chunks())
        handler = Starlette(routes=[Route("/{rest:path}", stream)])
        """,
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", SOURCES)
def test_memory_threads_and_connections_stay_constant(function: Function, kind: str) -> None:
    """A tenth of the streams fail, some connections break. Memory grows by 1.5 kB each at most."""
    function.start(SOURCES[kind])
    process = None
    after_warm_up = 0

    for number in range(INVOCATIONS):
        if number % 250 == 249:
            function.server.break_after = 20_000
        function.call(rest_event(path="/bad" if number % 10 == 0 else "/"))
        if number == WARM_UP:
            process = psutil.Process(function.process.pid)
            after_warm_up = process.memory_info().rss

    # The last was broken off: once more, so that the runtime has connected again.
    assert function.call(rest_event()).is_complete
    assert process is not None
    assert process.memory_info().rss - after_warm_up < 1500 * (INVOCATIONS - WARM_UP)
    assert process.num_threads() <= 2
    assert len(process.net_connections()) == 1
