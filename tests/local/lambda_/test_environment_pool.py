"""The number of environments, their start, and their end."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from streaming_construct.local.lambda_.environment_variables import read_caller_credentials
from streaming_construct.local.lambda_.invocation import FunctionError, FunctionThrottledError
from streaming_construct.local.lambda_.options import LambdaOptions
from streaming_construct.local.lambda_.service import LambdaService
from streaming_construct.model.functions import Function, Layer
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.templates.reader.lambda_functions.functions import LambdaFunctions
from streaming_construct.templates.resolver.stack_resolvers import create_resolvers
from streaming_construct.templates.stacks.loader import load_stacks
from tests.support.running_functions import (
    body,
    event,
    read_all,
    running_service,
    runtime_function,
    source_function,
    web_function,
    write_files,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

HANDLER = """
import os, time
STARTED = os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]

def kind(event, context):
    time.sleep(0.2)
    return [STARTED, os.getpid()]

def variables(event, context):
    return dict(os.environ)
"""

# The first process of the folder takes for ever to start; the second is quick.
SLOW_ONCE = """
import os, time
if not os.path.exists("been-here"):
    open("been-here", "w").close()
    time.sleep(60)

def handler(event, context):
    return os.getpid()
"""

EXTENSION = """#!/usr/bin/env python3
import http.client, json, os
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
wanted = json.dumps({"events": ["INVOKE", "SHUTDOWN"]})
name = {"Lambda-Extension-Name": "watcher"}
api.request("POST", "/2020-01-01/extension/register", wanted, name)
answer = api.getresponse()
answer.read()
me = {"Lambda-Extension-Identifier": answer.headers["Lambda-Extension-Identifier"]}
while True:
    api.request("GET", "/2020-01-01/extension/event/next", headers=me)
    event = json.loads(api.getresponse().read())
    with open(HEARD, "a") as file:
        print(event["eventType"], event.get("shutdownReason", ""), file=file)
    if event["eventType"] == "SHUTDOWN":
        break
"""


def python(folder: Path, handler: str, **changes: Any) -> Function:
    return source_function(folder, {"fn.py": HANDLER}, f"fn.{handler}", **changes)


async def test_reserved_concurrency_limits_concurrent_invocations(tmp_path: Path) -> None:
    """The second concurrent invocation is throttled, the next one runs. Zero allows none."""

    function = python(tmp_path / "one", "kind", reserved_concurrency=1)
    none = python(tmp_path / "none", "kind", id="none", reserved_concurrency=0)
    async with running_service(function, none) as service:
        calls = (service.invoke("fn", event()) for _ in range(2))
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        later = await read_all(await service.invoke("fn", event()))
        (rejected,) = await asyncio.gather(service.invoke("none", event()), return_exceptions=True)
        first, second = outcomes

    assert not isinstance(first, BaseException)
    assert isinstance(second, FunctionThrottledError)
    assert "reserved concurrency" in second.message
    assert json.loads(later)[0] == "on-demand"
    assert isinstance(rejected, FunctionThrottledError)


async def test_provisioned_environments_start_before_the_first_invocation(tmp_path: Path) -> None:
    """Two are initialized. The third concurrent one starts on demand."""

    async def scenario() -> list[list[Any]]:
        function = python(tmp_path, "kind", provisioned_concurrency=2)
        async with running_service(function) as service:
            calls = (service.invoke("fn", event()) for _ in range(3))
            return [json.loads(await read_all(stream)) for stream in await asyncio.gather(*calls)]

    responses = await scenario()

    assert sorted(kind for kind, _ in responses) == ["on-demand"] + ["provisioned-concurrency"] * 2
    assert len({pid for _, pid in responses}) == 3


async def test_an_initialization_over_its_limit_is_repeated(
    tmp_path: Path, monkeypatch: Any
) -> None:
    """Another process starts within the invocation, and the console reports it."""
    monkeypatch.setattr(
        "streaming_construct.local.lambda_.environment_pool.FUNCTION_INIT_SECONDS", 0.5
    )
    console: list[str] = []

    function = source_function(tmp_path, {"fn.py": SLOW_ONCE}, "fn.handler")
    async with running_service(function, console=console) as service:
        result = await read_all(await service.invoke("fn", event()))

    assert int(result) > 0
    assert any(
        "INIT_REPORT Init Duration: 500.00 ms\tPhase: init\tStatus: timeout" in line
        for line in console
    )


@pytest.mark.parametrize("runtime", ["managed", "streaming", "web adapter"])
async def test_an_extension_of_a_layer_receives_invoke_and_shutdown(
    tmp_path: Path, runtime: str
) -> None:
    """It has the time to react to the shutdown."""
    events = tmp_path / "heard"
    script = EXTENSION.replace("HEARD", repr(str(events)))
    layer = write_files(tmp_path / "layer", {"extensions/watcher": script})

    layers = (Layer(origin=SourceLocation(), code=layer),)
    make = runtime_function if runtime == "streaming" else source_function
    function = make(tmp_path / "code", {"fn.py": HANDLER}, "fn.kind", layers=layers)
    if runtime == "web adapter":
        web = web_function(tmp_path / "web", APP, environment={"FLAVOUR": "plain"})
        function = dataclasses.replace(web, layers=(*web.layers, *layers))
    async with running_service(function) as service:
        await read_all(await service.invoke("fn", event()))

    assert events.read_text().split("\n") == ["INVOKE ", "SHUTDOWN spindown", ""]


async def test_credentials_of_the_user_are_passed_only_with_the_option(
    tmp_path: Path, monkeypatch: Any
) -> None:
    """Keys, profile and files are passed on."""
    (tmp_path / "config").touch()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_PROFILE", "dev")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "nowhere"))

    async def read_variables(*, inherit: bool) -> dict[str, str]:
        function = python(tmp_path / "code", "variables")
        service = LambdaService(
            {"fn": function},
            console=lambda _: None,
            options=LambdaOptions(inherit_credentials=inherit),
        )
        try:
            response: dict[str, str] = json.loads(
                await read_all(await service.invoke("fn", event()))
            )
            return response
        finally:
            await service.aclose()

    passed = await read_variables(inherit=True)
    names = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_PROFILE": "dev"}

    assert read_caller_credentials() == {**names, "AWS_CONFIG_FILE": str(tmp_path / "config")}
    assert names.items() <= passed.items()
    assert not names.keys() & (await read_variables(inherit=False)).keys()


APP = """
import os
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": os.environ["FLAVOUR"].encode()})
"""

RUNTIME = """
import http.client, os
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    got = api.getresponse()
    got.read()
    target = "/2018-06-01/runtime/invocation/" + got.headers["Lambda-Runtime-Aws-Request-Id"]
    api.request("POST", target + "/response", b"a custom runtime")
    api.getresponse().read()
"""


async def test_an_image_runs_with_the_given_command(tmp_path: Path, monkeypatch: Any) -> None:
    """A web app on PORT or a program with a runtime client: the gateway detects which."""
    write_files(tmp_path, {"app.py": APP, "runtime.py": RUNTIME})
    monkeypatch.chdir(tmp_path)
    commands = {
        "Web": "FLAVOUR=vanilla AWS_LWA_INVOKE_MODE=response_stream "
        "python -m uvicorn --port $PORT --log-level warning app:app",
        "Own": "python runtime.py",
    }
    functions = {
        name: Function(
            id=name,
            origin=SourceLocation(logical_id=name),
            is_container_image=True,
            timeout_seconds=10,
        )
        for name in ("Web", "Own", "Without")
    }

    async def scenario() -> tuple[bytes, bytes, str]:
        service = LambdaService(
            functions, console=lambda _: None, options=LambdaOptions(image_commands=commands)
        )
        try:
            web = await body(await service.invoke("Web", event()))
            custom = await read_all(await service.invoke("Own", event()))
            return web, custom, service.list_unavailable()["Without"]
        finally:
            await service.aclose()

    web, own_bootstrap, reason = await scenario()

    assert (web, own_bootstrap) == (b"vanilla", b"a custom runtime")
    assert "--image-command Without=" in reason


async def test_a_customer_managed_runtime_runs_with_the_given_command(tmp_path: Path) -> None:
    """The template has `RuntimeConfig`. The command starts in the folder of the code."""
    write_files(tmp_path, {"code/runtime.py": RUNTIME})
    runtime = {"RuntimeArn": "arn:aws:lambda:us-east-1:111122223333:runtime/own"}
    template = {
        "Fn": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": "fn",
                "Runtime": "custom",
                "RuntimeConfig": {**runtime, "RuntimeAlias": "prod"},
                "Handler": "runtime.handler",
                "Code": "code",
                "Timeout": 10,
            },
        },
    }
    file = tmp_path / "template.json"
    file.write_text(json.dumps({"Resources": template}))
    function = LambdaFunctions(create_resolvers(load_stacks(file))).find("fn")
    assert function is not None
    assert function.has_runtime_config

    commands = {"Fn": f"{sys.executable} runtime.py"}
    options = LambdaOptions(image_commands=commands, file_system="host")
    async with running_service(function, options=options) as service:
        result = await read_all(await service.invoke(function.id, event()))

    assert result == b"a custom runtime"


async def test_a_trace_id_reaches_the_function(tmp_path: Path) -> None:
    """The function receives the trace id that the gateway passes beside the event."""
    traced = "import os\ndef handler(event, context):\n    return os.environ['_X_AMZN_TRACE_ID']\n"

    async with running_service(source_function(tmp_path, {"i.py": traced}, "i.handler")) as service:
        trace = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"
        result = json.loads(await read_all(await service.invoke("fn", event(), trace_id=trace)))

    assert result == "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700"


async def test_new_code_serves_new_requests_and_old_code_its_streams(tmp_path: Path) -> None:
    """A stream in progress ends on the old code. Other functions keep their environments."""
    app = """
import asyncio
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(5):
            await send({"type": "http.response.body", "body": b"NUMBER", "more_body": True})
            await asyncio.sleep(0.1)
        await send({"type": "http.response.body"})
"""
    old = web_function(tmp_path / "old", app.replace("NUMBER", "1"))
    new = web_function(tmp_path / "new", app.replace("NUMBER", "2"))
    same = python(tmp_path / "same", "kind", id="same")

    async with running_service(old, same) as service:

        async def pid() -> int:
            response = await read_all(await service.invoke("same", event()))
            return int(json.loads(response)[1])

        before = await pid()
        stream = await service.invoke("fn", event())
        await service.redeploy({"fn": new, "same": same})
        after = await service.invoke("fn", event())
        result = await body(stream), await body(after), before == await pid()

    assert result == (b"11111", b"22222", True)


async def test_a_replacement_adds_and_removes_functions(tmp_path: Path) -> None:
    """A function that the new template lacks cannot be invoked. A new one can."""

    async with running_service(python(tmp_path, "kind")) as service:
        await service.redeploy({"other": python(tmp_path, "kind", id="other")})
        (removed,) = await asyncio.gather(service.invoke("fn", event()), return_exceptions=True)
        response = json.loads(await read_all(await service.invoke("other", event())))

    assert not isinstance(removed, FunctionError)
    assert "there is no such function" in str(removed)
    assert response[1] != os.getpid()
