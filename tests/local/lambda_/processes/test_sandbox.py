"""The file system of functions in the sandbox, on Linux with bubblewrap."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from streaming_construct.local.command import local
from streaming_construct.local.lambda_.invocation import FunctionError
from streaming_construct.local.lambda_.options import LambdaOptions
from streaming_construct.local.lambda_.processes.sandbox import (
    Sandbox,
    SandboxError,
    find_sandbox,
)
from streaming_construct.local.lambda_.service import LambdaService
from tests.support.running_functions import event, read_all, runtime_function, source_function

SECRET = "a secret of the home folder"

PYTHON = """
import glob, os, sys

def attempt(action):
    try:
        return action()
    except OSError as error:
        return type(error).__name__

def go(event, context):
    environments = [attempt(lambda: open(name, "rb").read().decode("latin-1"))
                    for name in glob.glob("/proc/[0-9]*/environ")]
    return {
        "secret": attempt(lambda: open(PATH).read()),
        "environments": "".join(environments),
        "processes": len(environments),
        "code": attempt(lambda: open(__file__, "a").write("x")),
        "temporary": attempt(lambda: open(os.environ["TMPDIR"] + "/x", "w").write("x")),
        "home": sorted(os.listdir(os.environ["HOME"])),
    }
"""
NODE = """
const fs = require('fs');
exports.go = async () => {
  let secret;
  try { secret = fs.readFileSync(PATH, 'utf8'); } catch (error) { secret = error.code; }
  const processes = fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).length;
  return {secret, processes};
};
"""


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    try:
        return find_sandbox()
    except SandboxError as error:
        pytest.skip(str(error))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with a secret; a variable of the gateway has another secret."""
    folder = tmp_path / "home"
    (folder / ".aws").mkdir(parents=True)
    (folder / ".aws" / "credentials").write_text(SECRET)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def results(sandbox: Sandbox | None, *functions: Any, **options: Any) -> list[Any]:
    """Return the result of each function."""

    async def scenario() -> list[Any]:
        service = LambdaService(
            {function.id: function for function in functions},
            console=lambda _: None,
            options=LambdaOptions(sandbox=sandbox, file_system="host", **options),
        )
        try:
            await service.prepare()
            streams = [await service.invoke(function.id, event()) for function in functions]
            return [json.loads(await read_all(stream)) for stream in streams]
        finally:
            await service.aclose()

    return asyncio.run(scenario())


def test_functions_see_neither_the_home_folder_nor_the_gateway(
    sandbox: Sandbox, home: Path, tmp_path: Path
) -> None:
    """They run and write their temporary folder, and cannot write their code."""
    path = f"PATH = {str(home / '.aws/credentials')!r}\n"
    python = source_function(tmp_path / "code", {"i.py": path + PYTHON}, "i.go", id="python")
    node = source_function(
        tmp_path / "node", {"i.js": path + NODE}, "i.go", id="node", runtime="nodejs22.x"
    )
    marker = f"GATEWAY_SECRET_{os.getpid()}"
    child = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, env={**os.environ, marker: "1"}
    )
    try:
        from_python, from_node = results(sandbox, python, node)
        (outside,) = results(None, python)
    finally:
        child.communicate(b"\n")

    assert (outside["secret"], marker in outside["environments"]) == (SECRET, True)
    assert from_python["secret"] == "FileNotFoundError"
    assert from_python["processes"] < 6
    assert marker not in from_python["environments"]
    assert from_python["code"] == "OSError"
    assert (from_python["temporary"], from_python["home"]) == (1, ["x"])
    assert from_node["secret"] == "ENOENT"
    assert from_node["processes"] < 6


@pytest.mark.anyio
@pytest.mark.usefixtures("home")
async def test_streams_credentials_and_shutdown_work_in_the_sandbox(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of credentials that the user passes is visible. No process remains."""
    monkeypatch.delenv("AWS_SHARED_CREDENTIALS_FILE", raising=False)
    source = "import os\ndef go(event, context):\n    yield '\"'\n"
    source += "    yield open(os.environ['AWS_SHARED_CREDENTIALS_FILE']).read() + '\"'\n"
    function = runtime_function(tmp_path / "native", {"app.py": source}, "app.go")

    async def scenario() -> bytes:
        service = LambdaService(
            {"fn": function},
            console=lambda _: None,
            options=LambdaOptions(sandbox=sandbox, inherit_credentials=True),
        )
        try:
            return await read_all(await service.invoke("fn", event()))
        finally:
            await service.aclose()

    assert SECRET.encode() in await scenario()
    code = str(tmp_path / "native").encode()
    assert not _list_processes(code)


def _list_processes(argument: bytes) -> list[Path]:
    files = Path("/proc").glob("[0-9]*/cmdline")
    return [file for file in files if argument in _bytes_or_empty(file)]


def _bytes_or_empty(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


@pytest.mark.usefixtures("home")
def test_code_that_contains_the_home_folder_is_rejected(tmp_path: Path) -> None:
    """The template names the folder of the code, and others may have written it."""
    sandbox = Sandbox(bubblewrap="bwrap")
    function = source_function(tmp_path, {"i.py": ""}, "i.go")
    with pytest.raises(FunctionError, match="contains the home folder"):
        results(sandbox, function)


def test_programs_expose_their_libraries_but_not_their_folders(tmp_path: Path) -> None:
    """`~/.local/bin/node` shows neither the home folder nor `~/.local`."""
    program = tmp_path / "bin" / "node"
    program.parent.mkdir()
    program.touch()
    command = Sandbox(bubblewrap="bwrap").build_command(
        (str(program), "x.js"), readable=(), writable=tmp_path / "w", cwd=tmp_path / "code"
    )
    exposed = {command[place + 1] for place, word in enumerate(command) if word == "--ro-bind-try"}

    assert {str(program), str(tmp_path / "lib"), str(tmp_path / "code")} <= exposed
    assert not {str(tmp_path), str(program.parent)} & exposed
    assert command[-2:] == (str(program), "x.js")


@pytest.mark.parametrize(
    ("platform", "program", "message"),
    [
        ("darwin", "bwrap", "the sandbox needs Linux"),
        ("linux", None, "Install the package bubblewrap"),
        ("linux", "/bin/false", "bubblewrap does not work here"),
    ],
)
def test_without_a_sandbox_the_option_is_an_error(
    platform: str, program: str | None, message: str, monkeypatch: Any, tmp_path: Path
) -> None:
    """No function runs unprotected by mistake."""
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr("shutil.which", lambda _: program)
    with pytest.raises(SandboxError, match=message):
        find_sandbox()
    monkeypatch.chdir(tmp_path)
    Path("t.json").write_text(json.dumps(_API))
    result = CliRunner().invoke(local, ["t.json", "--sandbox", "--port", "0"])
    assert result.exit_code == 2
    assert "--sandbox: " in result.stderr


_API = {
    "Resources": {
        "Api": {
            "Type": "AWS::ApiGateway::RestApi",
            "Properties": {
                "Body": {
                    "openapi": "3.0.1",
                    "info": {"title": "t", "version": "1"},
                    "paths": {"/": {"get": {"x-amazon-apigateway-integration": {"type": "mock"}}}},
                }
            },
        },
        "Stage": {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "p"},
        },
    }
}
