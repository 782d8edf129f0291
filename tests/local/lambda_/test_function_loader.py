"""Functions become folders and programs of this machine. Differences from Lambda are named."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from streaming_construct.local.lambda_ import execution_environment, function_loader
from streaming_construct.local.lambda_.function_loader import FunctionLoader
from streaming_construct.local.lambda_.loaded_function import LoadedFunction
from streaming_construct.local.lambda_.options import LambdaOptions
from streaming_construct.local.lambda_.packages.install_progress import InstallProgress
from streaming_construct.local.lambda_.packages.python_interpreters import (
    HOST_INTERPRETER,
    Interpreter,
)
from streaming_construct.local.lambda_.packages.runtime_sdk import SdkError, link_python_sdk
from streaming_construct.local.lambda_.runtimes import nodejs
from streaming_construct.local.lambda_.service import create_trace_header
from streaming_construct.model.functions import Function, Layer
from streaming_construct.model.source_location import SourceLocation
from tests.support.running_functions import (
    event,
    read_all,
    running_service,
    source_function,
    write_files,
)

pytestmark = pytest.mark.anyio

ARN = "arn:aws:lambda:eu-west-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python314-arm64:18"
HANDLER = "def handler(event, context):\n    return 1\n"
ENVIRONMENT = """
import os
def handler(event, context):
    return [os.environ["AWS_LAMBDA_FUNCTION_VERSION"], context.function_version,
            context.invoked_function_arn, os.environ.get("_X_AMZN_TRACE_ID", "")]
"""


def load(
    folder: Path, function: Function, options: LambdaOptions | None = None
) -> tuple[LoadedFunction, str]:
    """Return the loaded function, and the notes about it."""
    (folder / "scratch").mkdir(exist_ok=True)
    loader = FunctionLoader(
        options or LambdaOptions(), folder / "scratch", InstallProgress(lambda _: None)
    )
    loaded = loader.load(function)
    return loaded, "\n".join(loader.notes[function.id])


def host_function(folder: Path, source: str = HANDLER, **changes: Any) -> Function:
    """Return a function whose Python version is that of this process."""
    members = {"runtime": f"python{HOST_INTERPRETER.version}", "files": {}, **changes}
    files = {"fn.py": source, **members.pop("files")}
    return source_function(folder / "code", files, "fn.handler", **members)


def test_a_layer_that_is_only_an_arn_is_named_and_can_be_replaced(tmp_path: Path) -> None:
    """The startup names the option. With it, the layer has the content of the folder."""
    layer = Layer(origin=SourceLocation(arn=ARN), arn=ARN)
    function = host_function(tmp_path, layers=(layer,))
    content = write_files(tmp_path / "powertools", {"python/aws_lambda_powertools.py": ""})

    loaded, notes = load(tmp_path, function)
    assert loaded.layers == ()
    assert f"the layer {ARN} is not on this machine. Pass --layer {ARN}=DIR" in notes

    loaded, notes = load(tmp_path, function, LambdaOptions(layers={ARN: content}))
    assert loaded.layers == (content,)
    assert notes == ""


def test_the_layer_of_the_web_adapter_is_not_missing(tmp_path: Path) -> None:
    """The gateway emulates the adapter."""
    arn = "arn:aws:lambda:us-east-1:753240598075:layer:LambdaAdapterLayerX86:30"
    assert (
        load(tmp_path, host_function(tmp_path, layers=(Layer(origin=SourceLocation(), arn=arn),)))[
            1
        ]
        == ""
    )


def test_a_missing_python_is_named(tmp_path: Path) -> None:
    """The note has the version that runs instead."""
    _, notes = load(tmp_path, host_function(tmp_path, runtime="python9.9"))
    assert notes.startswith(
        f"python9.9 is not installed: Python {HOST_INTERPRETER.version} runs its functions."
    )


def test_a_missing_nodejs_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The available version runs instead. Of several versions, that of the runtime runs."""
    versions = {Path("/a/node"): (22, 1, 0), Path("/b/node"): (24, 0, 1)}
    monkeypatch.setattr(nodejs, "_list_versions", lambda: versions)
    nodejs.find_node.cache_clear()
    try:
        assert [nodejs.find_node(major) for major in (None, 22, 24)] == [
            "/a/node",
            "/a/node",
            "/b/node",
        ]
        _, notes = load(tmp_path, host_function(tmp_path, runtime="nodejs26.x"))
        assert notes.startswith("nodejs26.x is not installed: Node.js 22.1.0 runs its functions.")
        assert load(tmp_path, host_function(tmp_path, runtime="nodejs24.x"))[1] == ""
    finally:
        nodejs.find_node.cache_clear()


def test_an_import_from_the_gateways_environment_is_named(tmp_path: Path) -> None:
    """It works locally and fails on AWS. An import of the code or a layer is no difference."""
    source = f"import pytest\nimport yaml\n{HANDLER}"
    layer = Layer(
        origin=SourceLocation(),
        code=write_files(tmp_path / "layer", {"python/yaml/__init__.py": ""}),
    )
    loaded, notes = load(tmp_path, host_function(tmp_path, source, layers=(layer,)))

    assert "the code imports pytest from the environment of the gateway." in notes
    assert "on AWS the import fails" in notes
    assert loaded.python == Path(sys.executable).parent


def test_requirements_without_their_packages_are_named(tmp_path: Path) -> None:
    """The gateway installs them, AWS does not. A bundle has both."""
    files = {"requirements.txt": "httpx\n"}
    assert (
        "requirements.txt, but not the packages"
        in load(tmp_path, host_function(tmp_path, files=files))[1]
    )

    bundled = {**files, "httpx-1.dist-info/METADATA": ""}
    assert load(tmp_path, host_function(tmp_path, files=bundled))[1] == ""


def test_files_that_only_their_owner_can_read_are_named(tmp_path: Path) -> None:
    """A zip file preserves permissions, and the user of Lambda is not the owner."""
    function = host_function(tmp_path, files={"lib/secret.py": ""})
    (tmp_path / "code/lib/secret.py").chmod(0o600)
    assert "lib/secret.py has the mode 600: on AWS" in load(tmp_path, function)[1]

    (tmp_path / "code/lib/secret.py").chmod(0o644)
    (tmp_path / "code/lib").chmod(0o700)
    assert "lib has the mode 700: on AWS" in load(tmp_path, function)[1]


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the memory of processes is known on Linux only"
)
@pytest.mark.parametrize(("quiet", "check_seconds"), [(False, None), (True, 3600.0), (True, 0.01)])
async def test_more_memory_than_the_function_has_is_named_once(
    quiet: bool, check_seconds: float | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the report of an invocation; without reports a while later, or when the process ends."""
    source = "kept = []\ndef handler(event, context):\n    kept.append(b'x' * (200 << 20))\n"
    console: list[str] = []
    if check_seconds is not None:
        monkeypatch.setattr(execution_environment, "_MEMORY_CHECK_SECONDS", check_seconds)

    def list_warnings() -> list[str]:
        return [line for line in console if "MemorySize" in line]

    async def run(memory_mb: int) -> list[str]:
        console.clear()
        function = host_function(tmp_path, source, memory_mb=memory_mb)
        options = LambdaOptions(file_system="host", quiet=quiet)
        async with running_service(function, console=console, options=options) as service:
            for _ in range(2):
                await read_all(await service.invoke("fn", event()))
                ends = time.monotonic() + 60
                while memory_mb == 128 and check_seconds == 0.01 and not list_warnings():
                    assert time.monotonic() < ends
                    await asyncio.sleep(0.01)
            assert bool(list_warnings()) == (memory_mb == 128 and check_seconds != 3600)
        return list_warnings()

    (warning,) = await run(128)
    assert "its MemorySize is 128 MB" in warning
    assert await run(1024) == []


def test_another_interpreter_runs_without_the_gateways_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function has a separate environment with the SDK of Lambda's runtimes."""
    interpreter = Interpreter(Path("/usr/bin/python9.8"), "9.8")
    monkeypatch.setattr(function_loader, "find_interpreter", lambda _: interpreter)
    monkeypatch.setattr(function_loader, "create_bare_environment", lambda _: tmp_path / "bare/bin")

    loaded, _ = load(tmp_path, host_function(tmp_path, runtime="python9.8"))

    assert loaded.python == tmp_path / "bare/bin"
    assert loaded.sdk is not None
    assert {path.name for path in loaded.sdk.iterdir()} >= {"boto3", "botocore"}


def test_packages_of_the_function_replace_those_of_the_sdk(tmp_path: Path) -> None:
    """Each package separately: Lambda's search path is the same."""
    site = write_files(tmp_path / "site", {"urllib3/__init__.py": ""})

    linked = link_python_sdk(tmp_path / "sdk", [site])

    assert linked is not None
    names = {path.name for path in linked.iterdir()}
    assert "boto3" in names
    assert "urllib3" not in names
    assert link_python_sdk(tmp_path / "none", [linked]) is None


def test_an_sdk_that_cannot_be_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The note has the packages, and the error."""

    async def fail(*_: object) -> Path:
        raise SdkError("npm is not on PATH")

    monkeypatch.setattr(function_loader, "install_node_sdk", fail)
    source = "const { S3Client } = require('@aws-sdk/client-s3'); exports.handler = 1;"
    function = source_function(
        tmp_path / "code", {"index.js": source}, "index.handler", runtime="nodejs24.x"
    )

    async def scenario() -> tuple[str, ...]:
        async with running_service(function, options=LambdaOptions()) as service:
            return service.notes

    (note,) = (line for line in asyncio.run(scenario()) if "@aws-sdk" in line)
    assert "needs @aws-sdk/client-s3, which Lambda's runtime has" in note
    assert "npm is not on PATH" in note


async def test_each_version_has_separate_environments_and_variables(tmp_path: Path) -> None:
    """An invocation names an alias, a number or nothing. The context has the invoked ARN."""
    arn = "arn:aws:lambda:us-east-1:123456789012:function:fn"
    function = host_function(tmp_path, ENVIRONMENT, versions={"live": "7", "7": "7"}, arn=arn)

    async with running_service(function) as service:
        calls = [
            await service.invoke("fn", event(), qualifier=qualifier)
            for qualifier in (None, "live", "7", "$LATEST")
        ]
        result = [json.loads(await read_all(call)) for call in calls]

    assert [row[:3] for row in result] == [
        ["$LATEST", "$LATEST", arn],
        ["7", "7", f"{arn}:live"],
        ["7", "7", f"{arn}:7"],
        ["$LATEST", "$LATEST", f"{arn}:$LATEST"],
    ]


@pytest.mark.parametrize(
    ("header", "tracing", "end"),
    [
        ("Root=1-2-3", None, "Root=1-2-3"),
        ("Root=1-2-3", "PassThrough", ";Sampled=0"),
        ("Root=1-2-3", "Active", ";Sampled=1"),
        ("Root=1-2-3;Sampled=0", "Active", "Root=1-2-3;Sampled=0"),
        ("", "Active", ""),
    ],
)
def test_the_tracing_mode_applies_without_an_upstream_decision(
    header: str, tracing: str | None, end: str
) -> None:
    """Active tracing samples. A decision of the client stays."""
    trace_header = create_trace_header(header, tracing)
    assert trace_header.startswith(header)
    assert trace_header.endswith(end)


async def test_a_wrapper_script_starts_nodejs(tmp_path: Path) -> None:
    """It is in a layer, as for Python, and receives the interpreter with its arguments."""
    wrapper = '#!/bin/sh\nexport FROM_WRAPPER="$#"\nexec "$@"\n'
    layer = Layer(
        origin=SourceLocation(), code=write_files(tmp_path / "layer", {"wrapper": wrapper})
    )
    function = source_function(
        tmp_path / "code",
        {"index.js": "exports.handler = async () => process.env.FROM_WRAPPER;"},
        "index.handler",
        runtime="nodejs24.x",
        layers=(layer,),
        environment={"AWS_LAMBDA_EXEC_WRAPPER": "/opt/wrapper"},
    )

    async def scenario(options: LambdaOptions) -> str:
        async with running_service(function, options=options) as service:
            trace_id: str = json.loads(await read_all(await service.invoke("fn", event())))
            return trace_id

    for options in (LambdaOptions(), LambdaOptions(file_system="host")):
        assert int(await scenario(options)) >= 2


async def test_without_limits_initialization_may_take_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not repeated, and a response may be larger than Lambda accepts."""
    monkeypatch.setattr(
        "streaming_construct.local.lambda_.environment_pool.FUNCTION_INIT_SECONDS", 0.05
    )
    monkeypatch.setattr(
        "streaming_construct.local.lambda_.runtime_api.FUNCTION_PAYLOAD_MAX_BYTES", 100
    )
    source = "import time\ntime.sleep(0.2)\nprint('ready')\n"
    source += "def handler(event, context):\n    return 'x' * 200\n"
    console: list[str] = []

    options = LambdaOptions(limits=False)
    async with running_service(
        host_function(tmp_path, source), console=console, options=options
    ) as service:
        result = await read_all(await service.invoke("fn", event()))

    assert len(result) == 202
    assert len([line for line in console if line.endswith("ready")]) == 1
    assert not [line for line in console if "INIT_REPORT" in line]
