"""The file system of a function: that of Lambda, with a writable /tmp only."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from streaming_construct.local.lambda_ import function_loader
from streaming_construct.local.lambda_.invocation import FunctionError
from streaming_construct.local.lambda_.options import LambdaOptions
from streaming_construct.local.lambda_.processes.mount_namespace import (
    find_unavailable_reason,
    list_exposed_paths,
)
from streaming_construct.local.lambda_.runtimes.nodejs import find_node
from streaming_construct.model.functions import Function, Layer
from streaming_construct.model.source_location import SourceLocation
from tests.support.running_functions import (
    event,
    read_all,
    running_service,
    runtime_function,
    source_function,
    web_function,
    write_files,
)

pytestmark = pytest.mark.anyio

# /tmp of a function is empty but for the way to this environment, if that is below /tmp.
IN_TMP = sorted(
    {
        folder.parts[2]
        for folder in (Path(sys.prefix), Path(__file__))
        if folder.parts[:2] == ("/", "tmp")
    }
)
namespaces = pytest.mark.skipif(
    find_unavailable_reason() is not None,
    reason=f"no mount namespaces: {find_unavailable_reason()}",
)
PROBE = """
import json, multiprocessing, os, pathlib, shutil

def attempt(action):
    try:
        return str(action())
    except OSError as error:
        return type(error).__name__ + " " + str(error.errno)

def handler(event, context):
    found = {
        "code": attempt(lambda: open("/var/task/new", "w")),
        "beside": attempt(lambda: open(pathlib.Path(__file__).parent / "new", "w")),
        "working folder": attempt(lambda: open("new", "w")),
        "layer": attempt(lambda: open("/opt/new", "w")),
        "home": attempt(lambda: (pathlib.Path.home() / ".cache").mkdir(parents=True)),
        "system": attempt(lambda: open("/etc/new", "w")),
        "host": attempt(lambda: open(os.environ["HOST_FILE"], "w")),
        "lock": attempt(multiprocessing.Lock),
        "file": __file__,
        "cwd": os.getcwd(),
        "tmp": os.listdir("/tmp"),
        "size": shutil.disk_usage("/tmp").total,
        "full": attempt(lambda: open("/tmp/big", "wb").write(bytes(3 << 20))),
        "opt": sorted(os.listdir("/opt")),
        "packages": sorted(os.listdir("/opt/python")),
        "extra": pathlib.Path("/opt/data.txt").read_text(),
    }
    pathlib.Path("/tmp/kept").write_text("")
    return found
"""
READ_ONLY = "OSError 30"


def layers(folder: Path) -> tuple[Layer, ...]:
    """Return two layers with a folder and a file in common. The later file counts."""
    first = write_files(folder / "one", {"python/first.py": "", "data.txt": "one"})
    second = write_files(folder / "two", {"python/second.py": "", "data.txt": "two"})
    return tuple(Layer(origin=SourceLocation(), code=code) for code in (first, second))


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


async def invoke(function: Function, count: int = 1) -> Any:
    """Return the response of one invocation, or the responses of several."""
    async with running_service(function, options=LambdaOptions()) as service:
        responses = [
            json.loads((await read_all(await service.invoke("fn", event()))).rpartition(b"\0")[2])
            for _ in range(count)
        ]
    return responses if count > 1 else responses[0]


@namespaces
@pytest.mark.parametrize("make", [source_function, runtime_function], ids=["managed", "native"])
async def test_a_function_sees_the_file_system_of_lambda(make: Any, tmp_path: Path) -> None:
    """It is read-only except /tmp, which has the size of the ephemeral storage. Layers are
    merged."""
    code = tmp_path / "code"
    host_file = tmp_path / "host" / "file"
    host_file.parent.mkdir()
    function = make(
        code,
        {"fn.py": PROBE},
        "fn.handler",
        layers=layers(tmp_path),
        ephemeral_storage_mb=2,
        environment={"HOST_FILE": str(host_file)},
    )
    before = files(tmp_path)

    first, second = await invoke(function, 2)

    for place in ("code", "beside", "working folder", "layer", "home", "system"):
        assert first[place] == READ_ONLY, place
    assert first["host"] == "FileNotFoundError 2"
    assert first["lock"].endswith("Error 2") or first["lock"].endswith("Error 38")
    assert (first["file"], first["cwd"]) == ("/var/task/fn.py", "/var/task")
    assert (first["tmp"], first["size"], first["full"]) == (IN_TMP, 2 << 20, "OSError 28")
    assert first["opt"] == ["data.txt", "python"]
    assert first["packages"] == ["first.py", "second.py"]
    assert first["extra"] == "two"
    # The environment is reused, and so is its /tmp.
    assert set(second["tmp"]) == {"big", "kept", *IN_TMP}
    assert files(tmp_path) == before


@namespaces
async def test_environments_share_no_files(tmp_path: Path) -> None:
    """Two concurrent environments of one function have separate /tmp folders."""
    source = """
import os, pathlib, time
def handler(event, context):
    found = os.listdir("/tmp")
    pathlib.Path("/tmp/mine").write_text("")
    time.sleep(0.2)
    return found
"""

    function = source_function(tmp_path, {"fn.py": source}, "fn.handler")
    async with running_service(function, options=LambdaOptions()) as service:
        calls = [service.invoke("fn", event()) for _ in range(2)]
        result = [await read_all(stream) for stream in await asyncio.gather(*calls)]

    assert [json.loads(body) for body in result] == [IN_TMP, IN_TMP]


@namespaces
async def test_an_extension_shares_tmp_with_the_function(tmp_path: Path) -> None:
    """The programs of one environment are in one file system."""
    extension = f"""#!/bin/sh
echo from-the-extension > /tmp/shared
exec '{sys.executable}' -c "
import json, os, urllib.request as u
base = 'http://' + os.environ['AWS_LAMBDA_RUNTIME_API'] + '/2020-01-01/extension/'
def call(path, data, **headers):
    fields = {{'Lambda-Extension-' + name: value for name, value in headers.items()}}
    return u.urlopen(u.Request(base + path, data, fields))
registered = call('register', json.dumps({{'events': ['INVOKE']}}).encode(), Name='ext')
identifier = registered.headers['Lambda-Extension-Identifier']
while True:
    call('event/next', None, Identifier=identifier)
"
"""
    source = """
import pathlib
def handler(event, context):
    shared = pathlib.Path("/tmp/shared")
    return shared.read_text()
"""
    layer = Layer(
        origin=SourceLocation(), code=write_files(tmp_path / "layer", {"extensions/ext": extension})
    )
    function = source_function(
        tmp_path / "code", {"fn.py": source}, "fn.handler", layers=(layer,), timeout_seconds=30
    )

    assert await invoke(function) == "from-the-extension\n"


@namespaces
@pytest.mark.parametrize("kind", ["web app", "bootstrap"])
async def test_programs_of_the_code_start_in_var_task(kind: str, tmp_path: Path) -> None:
    """A script behind the adapter, and a custom runtime."""
    app = """
import os
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": os.getcwd().encode()})
"""
    bootstrap = """#!/bin/sh
base="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
exec python -c "
import os, urllib.request as u
while True:
    event = u.urlopen('$base/invocation/next')
    path = '$base/invocation/' + event.headers['Lambda-Runtime-Aws-Request-Id'] + '/response'
    u.urlopen(path, data=os.getcwd().encode())
"
"""
    if kind == "web app":
        function = web_function(tmp_path, app, timeout_seconds=30)
    else:
        files = {"bootstrap": bootstrap}
        function = source_function(
            tmp_path, files, "x", runtime="provided.al2023", timeout_seconds=30
        )

    async with running_service(function, options=LambdaOptions()) as service:
        result = await read_all(await service.invoke("fn", event()))

    assert result.endswith(b"/var/task")


@namespaces
async def test_a_program_that_cannot_start_is_named(tmp_path: Path) -> None:
    """The caller receives the reason, as without a namespace."""
    files = {"bootstrap": "#!/no/such/shell\n"}
    function = source_function(tmp_path, files, "x", runtime="provided.al2023")

    with pytest.raises(FunctionError, match=r"Runtime\.InvalidEntrypoint: .*could not be started"):
        await invoke(function)


async def test_without_namespaces_a_copy_protects_the_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line names the difference, and the assembly stays unchanged."""
    monkeypatch.setattr(function_loader, "find_unavailable_reason", lambda: "not on this system")
    source = """
def handler(event, context):
    try:
        open("new", "w")
    except OSError:
        pass
    open("/opt/missing")
"""
    function = source_function(tmp_path, {"fn.py": source}, "fn.handler")
    console: list[str] = []

    async with running_service(function, console=console, options=LambdaOptions()) as service:
        with pytest.raises(FunctionError):
            await service.invoke("fn", event())
        notes = service.notes

    assert files(tmp_path) == ["fn.py"]
    assert any("not on this system" in line for line in notes)
    assert any("/opt/missing is a path of Lambda" in line for line in console)


@namespaces
@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("open('/var/task/x', 'w')", "/var/task/x cannot be written"),
        ("open(PATH)", "is a path of this machine, which Lambda does not have"),
        ("__import__('multiprocessing').Lock()", "Lambda has no /dev/shm"),
    ],
)
async def test_the_first_missing_path_is_explained_once(
    source: str, hint: str, tmp_path: Path
) -> None:
    """The line follows the function's error, with the path and the option."""
    (tmp_path / "exists").write_text("")
    path = str(tmp_path / "exists")
    code = f"PATH = {path!r}\ndef handler(event, context):\n    {source}\n"
    function = source_function(tmp_path / "code", {"fn.py": code}, "fn.handler")
    console: list[str] = []

    async with running_service(function, console=console, options=LambdaOptions()) as service:
        for _ in range(2):
            with pytest.raises(FunctionError):
                await service.invoke("fn", event())

    assert len([line for line in console if hint in line]) == 1


@namespaces
async def test_nodejs_finds_packages_of_the_code_and_of_layers_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Packages of a project around the cloud assembly are missing, as on AWS."""
    find_node()
    project = tmp_path / "project"
    module = {"package.json": '{"name": "x", "main": "index.js"}', "index.js": "exports.x = 1;"}

    def package(name: str) -> Mapping[str, str]:
        return {f"node_modules/{name}/{file}": text for file, text in module.items()}

    write_files(project, {**package("leaked"), **package("@aws-sdk/client-fake")})
    write_files(tmp_path / "layer" / "nodejs", package("layered"))
    layer = Layer(origin=SourceLocation(), code=tmp_path / "layer")
    source = """
import { createRequire } from "node:module";
const require = createRequire(import.meta.url);
const tried = async (load) => load().then(() => "found", (error) => error.code);
export const handler = async () => ({
  leaked: await tried(async () => require("leaked")),
  layered: await tried(async () => require("layered")),
  sdk: await tried(async () => require("@aws-sdk/client-fake")),
  module: await tried(() => import("@aws-sdk/client-fake")),
});
"""
    function = source_function(
        project / "cdk.out" / "asset",
        {"index.mjs": source},
        "index.handler",
        runtime="nodejs24.x",
        layers=(layer,),
    )
    monkeypatch.chdir(project)

    assert await invoke(function) == {
        "leaked": "MODULE_NOT_FOUND",
        "layered": "found",
        "sdk": "found",
        "module": "found",
    }


def test_only_paths_that_the_namespace_hides_are_exposed() -> None:
    """A folder below an exposed one is visible already."""
    paths = [Path("/usr/bin"), Path("/opt/tool"), Path("/opt/tool/bin"), Path("/tmp")]
    assert list_exposed_paths(paths) == (Path("/opt/tool"),)
