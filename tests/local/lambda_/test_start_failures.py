"""Functions that cannot start fail with a reason, and the others run."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from streaming_construct.local.lambda_.invocation import FunctionError, FunctionNotRunnableError
from tests.support.running_functions import event, read_all, running_service, source_function

SOURCE = {"i.py": "def go(event, context): return 1", "index.js": "exports.go = async () => 1"}
BAD: dict[str, dict[str, Any]] = {
    "NUL in a variable": {"environment": {"A": "x\0y"}},
    "NUL in a name": {"environment": {"A\0B": "x"}},
    "no name of a variable": {"environment": {"A=B": "x"}},
    "more than the system takes": {"environment": {"A": "x" * 300_000}},
    "half of a surrogate pair": {"environment": {"A": "\ud800"}},
    "NUL in the handler": {"handler": "i\0.go"},
    "no dot in the handler": {"handler": "igo"},
    "an ARN of one part": {"arn": "x"},
    "NUL in Node.js": {"runtime": "nodejs22.x", "handler": "index.go", "name": "x\0"},
    "a runtime with a line end": {"runtime": "no\nde\0"},
}
ARCHIVES = {"no zip": b"not a zip", "empty": b"", "cut": b"PK\x03\x04" + b"\0" * 40}


@pytest.mark.anyio
async def test_a_function_that_cannot_start_affects_no_other(tmp_path: Path) -> None:
    """Its invocation fails at once, with a reason and without a traceback."""
    functions = [
        source_function(tmp_path / str(place), SOURCE, "i.go", id=name)
        for place, name in enumerate([*BAD, *ARCHIVES, "good"])
    ]
    for place, (name, changes) in enumerate(BAD.items()):
        functions[place] = dataclasses.replace(functions[place], id=name, **changes)
    for place, data in enumerate(ARCHIVES.values(), len(BAD)):
        archive = tmp_path / f"{place}.zip"
        archive.write_bytes(data)
        functions[place] = dataclasses.replace(functions[place], code=archive)
    unhandled: list[Any] = []

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: unhandled.append(context))
    async with running_service(*functions) as service:
        for function in functions[:-1]:
            with pytest.raises((FunctionError, FunctionNotRunnableError)) as failure:
                await asyncio.wait_for(service.invoke(function.id, event()), 60)
            assert "the environment was closed" not in str(failure.value)
        assert await read_all(await service.invoke("good", event())) == b"1"
    assert unhandled == []
