"""Handlers that fail in unusual ways: each failure is reported, and none counts as success."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.runtime.conftest import ROOT
from tests.runtime.events import rest_event

if TYPE_CHECKING:
    from pathlib import Path

    from tests.runtime.conftest import Function
    from tests.runtime.runtime_api_server import RuntimeApiServer

SOURCE = """
import asyncio, os, sys
from streaming_construct.runtime import HttpResponse

class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no text")
class MuteAtAll(Exception):
    def __str__(self):
        return 5
class Base(BaseException):
    pass
def recurse():
    recurse()
FAILURES = {
    "mute": lambda: raise_(Mute()),
    "mute-type": lambda: raise_(MuteAtAll()),
    "surrogate": lambda: raise_(ValueError("\\ud800 lone")),
    "surrogate-name": lambda: raise_(type("Bad\\ud800", (Exception,), {})("x")),
    "line-ends": lambda: raise_(ValueError("a\\r\\nX-Evil: 1\\r\\n")),
    "line-ends-name": lambda: raise_(type("Bad\\r\\nX-Evil: 1", (Exception,), {})("x")),
    "long": lambda: raise_(ValueError("x" * 200_000)),
    "base": lambda: raise_(Base("x")),
    "cancelled": lambda: raise_(asyncio.CancelledError()),
    "memory": lambda: raise_(MemoryError()),
    "recursion": recurse,
    "generator-exit": lambda: raise_(GeneratorExit()),
    "closed-output": lambda: (sys.stdout.close(), raise_(ValueError("x"))),
}
def raise_(error):
    raise error
"""
NAMES = [
    "mute",
    "mute-type",
    "surrogate",
    "surrogate-name",
    "line-ends",
    "line-ends-name",
    "long",
    "base",
    "cancelled",
    "memory",
    "recursion",
    "generator-exit",
    "closed-output",
]
HANDLERS = {
    "before": """
{kind} handler(event, context):
    if event["path"] == "/ok":
        return {{"statusCode": 200, "body": "ok"}}
    FAILURES[event["path"][1:]]()
""",
    "within": """
{kind} handler(event, context):
    yield HttpResponse(200, {{"content-type": "text/plain"}})
    yield "part"
    if event["path"] != "/ok":
        FAILURES[event["path"][1:]]()
""",
}


@pytest.mark.parametrize("kind", ["def", "async def"])
@pytest.mark.parametrize("moment", HANDLERS)
def test_each_failure_is_reported_and_the_next_invocation_served(
    function: Function, kind: str, moment: str
) -> None:
    """The report is `/error` before the response, trailers within it. No header is forged."""
    function.start(SOURCE + HANDLERS[moment].format(kind=kind))

    for name in NAMES:
        recorded = function.call(rest_event(path=f"/{name}"))
        if moment == "before":
            assert recorded.path.endswith("/error"), name
            error = recorded.json
        else:
            assert recorded.payload == b"part", name
            error = recorded.trailer_error
        assert error["errorType"], name
        assert "x-evil" not in {**recorded.headers, **recorded.trailers}
        served = function.call(rest_event(path="/ok"))
        assert served.payload in (b"ok", b"part")
        assert served.is_complete
        assert not served.trailers


def test_an_exception_without_text_is_named(function: Function) -> None:
    """The report has its type, and the exception of its `__str__`."""
    function.start(SOURCE + HANDLERS["before"].format(kind="def"))

    error = function.call(rest_event(path="/mute")).json

    assert error["errorType"] == "Mute"
    assert error["errorMessage"] == "Mute has no message: its __str__ raised RuntimeError"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("yield '\\ud800'", "UnicodeEncodeError"),
        ("return {'a': '\\ud800'}", "Runtime.MarshalError"),
        ("yield HttpResponse(200, {'x-a': '\\ud800'})\n    yield 'x'", None),
        ("yield HttpResponse(200, {'x-a': 'b\\r\\nSet-Cookie: c=1'})\n    yield 'x'", None),
        ("print('\\ud800')\n    yield 'x'", "UnicodeEncodeError"),
    ],
)
def test_text_that_cannot_be_encoded_is_an_error_or_escaped(
    function: Function, source: str, expected: str | None
) -> None:
    """A lone surrogate is in a chunk, a result, a header and the log."""
    function.start(
        "from streaming_construct.runtime import HttpResponse\n"
        f"def handler(event, context):\n    {source}\n"
    )

    recorded = function.call(rest_event())

    if expected:
        assert recorded.path.endswith("/error")
        assert recorded.json["errorType"] == expected
    else:
        assert recorded.prelude["statusCode"] == 200
        assert "set-cookie" not in recorded.prelude["headers"]


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
@pytest.mark.parametrize("kind", ["def", "async def"])
def test_closed_descriptors_do_not_become_the_connection(
    server: RuntimeApiServer, tmp_path: Path, closed: str, kind: str
) -> None:
    """The output of the function and its children is dropped, and the response stays complete."""
    (tmp_path / "app.py").write_text(
        f"import logging, os, sys\n{kind} handler(event, context):\n    print('out')\n"
        "    print('err', file=sys.stderr)\n    logging.error('entry')\n"
        "    os.system('echo child')\n"
        "    for descriptor in (0, 1, 2):\n        os.fstat(descriptor)\n    yield 'whole'\n"
    )
    command = f'exec "$0" -m streaming_construct.runtime app:handler {closed}'
    process = subprocess.Popen(
        ["sh", "-c", command, sys.executable],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "AWS_LAMBDA_RUNTIME_API": server.address,
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(2):
            server.invoke(rest_event())
            assert server.wait_for_response().payload == b"whole"
    finally:
        process.kill()
        process.wait(5)
