"""`PythonStreamingFunction`: plain handlers and web apps on the streaming runtime."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigateway import CorsOptions

from streaming_construct import PythonStreamingFunction, StreamingRestApi
from streaming_construct.local.local_api import LocalApi
from tests.support.synthesis import new_stack, only, resources, synthesize

WRAPPER = "/var/task/streaming_construct/wrapper"
GENERATOR = """
import time

def handler(event, context):
    for number in range(5):
        yield f"{number}\\n"
        time.sleep(0.2)
"""
ASGI = """
import asyncio

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for number in range(5):
        await send({"type": "http.response.body", "body": b"%d\\n" % number, "more_body": True})
        await asyncio.sleep(0.2)
    await send({"type": "http.response.body"})
"""


@pytest.fixture
def entry(tmp_path: Path) -> Path:
    """A folder with a generator in `index.py` and an ASGI app in `app.py`."""
    folder = tmp_path / "entry"
    folder.mkdir()
    (folder / "index.py").write_text(GENERATOR)
    (folder / "app.py").write_text(ASGI)
    return folder


def properties(stack: Stack) -> dict[str, Any]:
    return only(synthesize(stack), "AWS::Lambda::Function")


def test_the_wrapper_starts_the_bundled_runtime(stack: Stack, entry: Path) -> None:
    """The function has Lambda's managed Python and the given handler, without AWS's adapter."""
    PythonStreamingFunction(stack, "Chat", entry=entry)

    template = synthesize(stack)
    function = properties(stack)
    assert function["Runtime"] == "python3.14"
    assert function["Architectures"] == ["arm64"]
    assert function["Handler"] == "index.handler"
    assert function["Timeout"] == 900
    assert function["Environment"]["Variables"] == {"AWS_LAMBDA_EXEC_WRAPPER": WRAPPER}
    assert "Layers" not in function
    assert not resources(template, "AWS::Lambda::LayerVersion")


def test_the_asset_contains_the_runtime_with_its_version(entry: Path, tmp_path: Path) -> None:
    """It contains the code, the package of the runtime, and an executable wrapper."""
    app = App(outdir=str(tmp_path / "cdk.out"), builtin_cloud_formation_validation=False)
    PythonStreamingFunction(Stack(app, "Stack"), "Chat", entry=entry)
    app.synth()

    (wrapper,) = (tmp_path / "cdk.out").glob("asset.*/streaming_construct/wrapper")
    assert os.access(wrapper, os.X_OK)
    assert "__version__" in (wrapper.parent / "__init__.py").read_text()
    assert (wrapper.parent / "runtime" / "main.py").is_file()
    assert (wrapper.parent.parent / "index.py").read_text() == GENERATOR
    assert sorted(path.name for path in entry.iterdir()) == ["app.py", "index.py"]


def test_small_writes_may_be_coalesced_for_longer(stack: Stack, entry: Path) -> None:
    """This is for streams of small tokens."""
    PythonStreamingFunction(stack, "Chat", entry=entry, flush_interval=Duration.millis(20))

    variables = properties(stack)["Environment"]["Variables"]
    assert variables["STREAMING_CONSTRUCT_FLUSH_INTERVAL_MS"] == "20"


def test_one_argument_excludes_the_runtime(stack: Stack, entry: Path) -> None:
    """It is for the day when Lambda's Python streams."""
    PythonStreamingFunction(stack, "Chat", entry=entry, streaming_runtime=False)

    function = properties(stack)
    assert "Environment" not in function
    assert function["Handler"] == "index.handler"


def test_a_web_app_is_a_handler_like_any_other(stack: Stack, entry: Path) -> None:
    """There is no adapter, no layer and no run.sh. Variables of the runtime stay."""
    variables = {"STREAMING_BASE_PATH": "api"}
    PythonStreamingFunction(stack, "Web", entry=entry, handler="app:app", environment=variables)

    function = properties(stack)
    assert function["Handler"] == "app:app"
    assert function["Environment"]["Variables"] == {**variables, "AWS_LAMBDA_EXEC_WRAPPER": WRAPPER}
    assert "Layers" not in function


def test_an_api_sets_its_cors_variables(stack: Stack, entry: Path) -> None:
    """It does so for every function of this library."""
    function = PythonStreamingFunction(stack, "Chat", entry=entry)
    StreamingRestApi(
        stack, "Api", handler=function, cors=CorsOptions(allow_origins=["https://a.example"])
    )

    variables = properties(stack)["Environment"]["Variables"]
    assert variables["CORS_ALLOW_ORIGINS"] == "https://a.example"


def test_the_folder_of_the_sources_makes_no_difference(tmp_path: Path) -> None:
    """The same sources elsewhere give the same template and the same asset hashes."""
    templates = []
    for name in ("here", "there"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "index.py").write_text(GENERATOR)
        stack = new_stack()
        PythonStreamingFunction(stack, "Chat", entry=folder)
        templates.append(json.dumps(synthesize(stack)))

    assert templates[0] == templates[1]


def test_all_problems_are_reported_at_once(stack: Stack, entry: Path) -> None:
    """The error has the construct path, the given value and the fix."""
    with pytest.raises(ValueError, match="Stack/Chat cannot be created") as rejected:
        PythonStreamingFunction(
            stack,
            "Chat",
            entry=entry,
            handler="main.handler",
            runtime=lambda_.Runtime.NODEJS_22_X,
            timeout=Duration.minutes(31),
            environment={"STREAMING_CONSTRUCT_FLUSH_INTERVAL_MS": "5"},
        )

    for words in (
        "handler 'main.handler' names a module that does not exist",
        "runtime is nodejs22.x",
        "timeout is 1860 s. Pass a duration from 1 to 1800 s.",
        "environment has STREAMING_CONSTRUCT_FLUSH_INTERVAL_MS",
    ):
        assert words in str(rejected.value)


def test_a_generator_and_a_web_app_stream_from_the_template(entry: Path, tmp_path: Path) -> None:
    """The local gateway starts the wrapper as Lambda does. Chunks arrive when they are made."""
    app = App(outdir=str(tmp_path / "cdk.out"), builtin_cloud_formation_validation=False)
    stack = Stack(app, "Stack")
    api = StreamingRestApi(stack, "Api", proxy=False)
    api.add_route("/words", handler=PythonStreamingFunction(stack, "Words", entry=entry))
    web = PythonStreamingFunction(stack, "Web", entry=entry, handler="app:app")
    api.add_route("/web", handler=web)
    app.synth()

    with LocalApi.from_assembly(tmp_path / "cdk.out") as local:
        for path in ("/words", "/web"):
            arrivals: list[tuple[float, bytes]] = []
            with httpx.stream("GET", local.url_for_path(path), timeout=30) as response:
                for chunk in response.iter_raw():
                    arrivals.append((time.monotonic(), chunk))  # noqa: PERF401 - the moment counts

            assert response.status_code == 200
            assert b"".join(chunk for _, chunk in arrivals) == b"0\n1\n2\n3\n4\n"
            assert arrivals[-1][0] - arrivals[0][0] > 0.4


def test_provided_al2023_needs_a_python(stack: Stack, entry: Path) -> None:
    """The runtime has none, so nothing can be installed for it."""
    (entry / "requirements.txt").write_text("starlette==1.0.0\n")

    with pytest.raises(ValueError, match="Stack/Chat cannot be created") as rejected:
        PythonStreamingFunction(
            stack,
            "Chat",
            entry=entry,
            runtime=lambda_.Runtime.PROVIDED_AL2023,
            streaming_runtime=False,
        )

    for words in (
        "provided.al2023 has no Python. Put one into the folder as bin/python3",
        "requirements.txt cannot be installed for provided.al2023",
        "provided.al2023 has no runtime for streaming_runtime=False",
    ):
        assert words in str(rejected.value)


def test_bootstrap_starts_the_runtime_with_the_python_of_the_code(
    entry: Path, tmp_path: Path
) -> None:
    """The local gateway serves it as Lambda starts OS-only runtimes."""
    (entry / "bin").mkdir()
    (entry / "bin" / "python3").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    app = App(outdir=str(tmp_path / "cdk.out"), builtin_cloud_formation_validation=False)
    stack = Stack(app, "Stack")
    function = PythonStreamingFunction(
        stack, "Words", entry=entry, runtime=lambda_.Runtime.PROVIDED_AL2023
    )
    StreamingRestApi(stack, "Api", handler=function)
    app.synth()

    with LocalApi.from_assembly(tmp_path / "cdk.out") as local:
        arrivals: list[tuple[float, bytes]] = []
        with httpx.stream("GET", local.url_for_path("/"), timeout=30) as response:
            for chunk in response.iter_raw():
                arrivals.append((time.monotonic(), chunk))  # noqa: PERF401 - the moment counts

    assert b"".join(chunk for _, chunk in arrivals) == b"0\n1\n2\n3\n4\n"
    assert arrivals[-1][0] - arrivals[0][0] > 0.4
