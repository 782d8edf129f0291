"""A FastAPI app's own document as an API, served by the local gateway from its template."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigateway import CorsOptions, ResponseTransferMode

from streaming_construct import (
    OpenApi,
    OpenApiOptions,
    PythonStreamingFunction,
    RouteOptions,
    StreamingRestApi,
)
from streaming_construct.local.local_api import LocalApi

STREAMING_APP = """
import asyncio
from typing import Annotated

from fastapi import FastAPI, Path, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

app = FastAPI(title="Tales")


class Tale(BaseModel):
    name: str
    pages: int | None = None


class EventStream(StreamingResponse):
    media_type = "text/event-stream"


@app.get("/tales/{number}/telling", response_class=EventStream)
async def tell(number: Annotated[int, Path(ge=0, le=10**9)]) -> EventStream:
    async def events():
        for word in range(5):
            yield f"data: {number} {word}\\n\\n"
            await asyncio.sleep(0.2)

    return EventStream(events())


@app.get("/tales")
async def tales(limit: Annotated[int, Query(ge=0, le=100)] = 10) -> list[Tale]:
    return [Tale(name=f"tale {n}") for n in range(limit)]


@app.post("/tales", status_code=201)
async def add(tale: Tale) -> Tale:
    return tale


@app.get("/files/{name:path}")
async def file(name: str) -> dict[str, str]:
    return {"name": name}
"""

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
]

BUFFERED_HANDLER = """
import json

def handler(event, context):
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps([{"name": f"buffered {event['resource']}", "pages": None}]),
    }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the app and of the plain handler."""
    folder = tmp_path_factory.mktemp("tales")
    (folder / "web").mkdir()
    (folder / "web" / "tales_app.py").write_text(STREAMING_APP)
    (folder / "plain").mkdir()
    (folder / "plain" / "index.py").write_text(BUFFERED_HANDLER)
    return folder


@pytest.fixture(scope="module")
def api(folder: Path) -> Iterator[LocalApi]:
    """The app's API: its lists by a function that answers as a whole, all else by the app."""
    app = App(
        analytics_reporting=False,
        builtin_cloud_formation_validation=False,
        outdir=str(folder / "cdk.out"),
    )
    stack = Stack(app, "Tales")
    web = PythonStreamingFunction(
        stack,
        "Web",
        entry=folder / "web",
        handler="tales_app.app",
        timeout=Duration.seconds(60),
    )
    plain = lambda_.Function(
        stack,
        "Plain",
        runtime=lambda_.Runtime.PYTHON_3_14,
        handler="index.handler",
        code=lambda_.Code.from_asset(str(folder / "plain")),
    )
    StreamingRestApi(
        stack,
        "Api",
        handler=web,
        openapi=OpenApiOptions(
            document=OpenApi.from_asgi("tales_app:app", directory=folder / "web"),
            operation_overrides={
                "GET /tales": RouteOptions(
                    response_transfer_mode=ResponseTransferMode.BUFFERED, handler=plain
                )
            },
        ),
        cors=CorsOptions(allow_origins=["https://app.example"]),
    )
    app.synth()
    with LocalApi.from_assembly(folder / "cdk.out") as served:
        yield served


def test_chunks_arrive_over_time(api: LocalApi) -> None:
    """As the app writes them, through the path of the document."""
    arrivals: list[float] = []
    with httpx.stream("GET", api.url("/tales/7/telling"), timeout=30) as response:
        for _ in response.iter_raw():
            arrivals.append(time.monotonic())  # noqa: PERF401 - the moment is what counts

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    assert len(arrivals) >= 3
    assert arrivals[-1] - arrivals[0] > 0.4


def test_what_is_overridden_is_served_by_its_own_function(api: LocalApi) -> None:
    """Buffered, with the event of its route."""
    answer = httpx.get(api.url("/tales?limit=3"), timeout=30)

    assert answer.json() == [{"name": "buffered /tales", "pages": None}]
    assert answer.headers["content-length"]


def test_an_answer_in_one_piece_may_be_streamed(api: LocalApi) -> None:
    """The app's JSON and its own refusals come through a streamed route as they are."""
    added = httpx.post(api.url("/tales"), json={"name": "x"}, timeout=30)
    refused = httpx.post(api.url("/tales"), json={"pages": 1}, timeout=30)

    assert (added.status_code, added.json()) == (201, {"name": "x", "pages": None})
    assert refused.status_code == 422


def test_a_path_parameter_of_the_app_takes_in_slashes(api: LocalApi) -> None:
    """`{name:path}` of the app's routes, which its document does not tell."""
    assert httpx.get(api.url("/files/a/b/c"), timeout=30).json() == {"name": "a/b/c"}


def test_what_the_document_does_not_have_is_not_served(api: LocalApi) -> None:
    """By API Gateway itself: there is no {proxy+}."""
    assert httpx.get(api.url("/docs"), timeout=30).status_code == 403


def test_every_path_answers_a_preflight(api: LocalApi) -> None:
    """Without the app."""
    answer = httpx.options(api.url("/tales/7/telling"), timeout=30)

    assert answer.headers["access-control-allow-origin"] == "https://app.example"


@pytest.mark.slow
def test_the_served_api_keeps_to_the_document_of_its_app(api: LocalApi, folder: Path) -> None:
    """Requests drawn from the app's own document are answered as it says, a bounded number."""
    document = OpenApi.from_asgi("tales_app:app", directory=folder / "web").document
    file = folder / "openapi.json"
    file.write_text(json.dumps(document))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", str(file)),
            *("--url", api.url("/").rstrip("/"), "--max-examples", "10", "--mode", "positive"),
            *("--checks", ",".join(CHECKS)),
            *("--phases", "examples,fuzzing", "--exclude-path", "/tales/{number}/telling"),
            *("--seed", "1", "--workers", "1"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Operations:\s+3 selected", done.stdout), done.stdout
