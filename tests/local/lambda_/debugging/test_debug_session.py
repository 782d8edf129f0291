"""`--debug`: an editor stops a function, reads its variables and continues its stream."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from streaming_construct.local.lambda_.processes.free_port import find_free_port
from tests.local.lambda_.debugging.dap_client import connect_debugger
from tests.support.edited_project import write_project
from tests.support.watching import WatchedGateway


class Request(threading.Thread):
    """A request in a thread, while the test is the debugger."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self.text = ""
        self.start()

    def run(self) -> None:
        self.text = httpx.get(self._url, timeout=60).text


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A synthesized project with a web app and a handler that calls `breakpoint()`."""
    project = write_project(tmp_path / "project")
    app = project / "app.py"
    app.write_text(app.read_text().replace("exec python app.py", "exec python -m app"))
    handler = project / "lambda_src/plain/index.py"
    handler.write_text(handler.read_text().replace("    return", "    breakpoint()\n    return"))
    outdir = {"CDK_OUTDIR": str(project / "cdk.out")}
    subprocess.run([sys.executable, "app.py"], cwd=project, env=outdir, check=True)
    return project


def test_a_breakpoint_in_the_source_stops_and_survives_a_reload(project: Path) -> None:
    """Set, stop, read a variable, continue: the stream arrives. The test repeats it with new code.

    A function without `--debug` continues after `breakpoint()`; the message names its source file.
    """
    port = find_free_port("127.0.0.1")
    source = project / "lambda_src/web/app.py"
    lines = source.read_text().splitlines()
    line = 1 + next(i for i, text in enumerate(lines) if 'write(b"%x' in text)
    gateway = WatchedGateway(project, f"--debug=Web={port}")
    try:
        assert gateway.wait_for_line("waits for a debugger on").startswith(
            "Web waits for a debugger on"
        )
        assert httpx.get(gateway.url + "plain", timeout=60).text == "plain"
        message = gateway.wait_for_line("breakpoint() at lambda_src/plain/index.py:3 did not stop")
        assert "Start the gateway with --debug" in message
        for number, version in enumerate(("one", "two"), start=1):
            if version == "two":
                gateway.edit("lambda_src/web/app.py", 'VERSION = b"one"', 'VERSION = b"two"')
                gateway.wait_for_line("Web replaced")
            # The debugger of the previous environment has released the port.
            gateway.wait_for_lines("the function starts as soon as a debugger attaches", number)
            with connect_debugger(port) as editor:
                editor.attach({str(source): [line]}, condition="self.path == '/x'")
                request = Request(gateway.url + "x")
                stopped = editor.event("stopped")
                frame, variables = editor.variables(stopped["threadId"])

                assert stopped["reason"] == "breakpoint"
                assert (frame["source"]["path"], frame["line"]) == (str(source), line)
                assert variables["_"] == "0"
                assert request.is_alive()
                editor.request("continue", threadId=stopped["threadId"])
                request.join(60)
                assert request.text == version
    finally:
        gateway.stop()
