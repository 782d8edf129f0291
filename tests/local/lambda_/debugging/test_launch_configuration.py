"""The launch configuration that the gateway prints for editors, and Node.js with a debugger."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from streaming_construct.local.lambda_.debugging.debugger import Debugger, attach_debugger
from streaming_construct.local.lambda_.debugging.launch_configuration import (
    build_launch_configuration,
    list_launch_messages,
)
from tests.docs.code_blocks import list_blocks
from tests.docs.pages import read_page


def test_the_page_shows_the_configuration_of_a_python_function() -> None:
    """It needs no path mapping."""
    (example,) = list_blocks(read_page("debugging"), "json")
    document = json.loads(example)

    assert document["configurations"] == [
        build_launch_configuration("Chat/Function", "python3.14", 5678, Path("/p/chat"), Path("/a"))
    ]


def test_the_printed_lines_are_a_complete_file(tmp_path: Path) -> None:
    lines = list(list_launch_messages("Chat/F", "python3.14", 5678, tmp_path, tmp_path / "asset"))
    printed = "\n".join(lines[lines.index("{") : lines.index("}") + 1])

    assert json.loads(printed)["version"] == "0.2.0"
    assert lines[0] == "Chat/F waits for a debugger on 127.0.0.1:5678."
    assert lines[-1].startswith("PyCharm: ")


def test_a_node_function_maps_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    configuration = build_launch_configuration(
        "F", "nodejs24.x", 9229, tmp_path / "src" / "node", Path("/var/task")
    )

    assert (configuration["localRoot"], configuration["remoteRoot"]) == (
        "${workspaceFolder}/src/node",
        "/var/task",
    )


def test_node_waits_for_the_debugger() -> None:
    """An argument of its program, or NODE_OPTIONS for a script."""
    debugger = Debugger(port=4000)
    _, (program,) = attach_debugger({}, (("/bin/node", "--x", "run.mjs"),), "nodejs24.x", debugger)
    variables, programs = attach_debugger(
        {"NODE_OPTIONS": "--x"}, (("/task/run.sh",),), "nodejs24.x", debugger
    )

    assert program == ("/bin/node", "--inspect-wait=127.0.0.1:4000", "--x", "run.mjs")
    assert variables["NODE_OPTIONS"] == "--x --inspect-wait=127.0.0.1:4000"
    assert programs == (("/task/run.sh",),)
