"""An API from the document of a FastAPI app, served by the local gateway."""

from __future__ import annotations

import json
import os
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
from hypothesis.configuration import storage_directory

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
def document(folder: Path) -> OpenApi:
    """The document of the app, which a separate process reads once."""
    return OpenApi.from_asgi("tales_app:app", directory=folder / "web")


@pytest.fixture(scope="module")
def api(folder: Path, document: OpenApi) -> Iterator[LocalApi]:
    """The API of the app. A buffered function serves its list, and the app the rest."""
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
            document=document,
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
    """Each chunk arrives when the app writes it."""
    arrivals: list[float] = []
    with httpx.stream("GET", api.url_for_path("/tales/7/telling"), timeout=30) as response:
        for _ in response.iter_raw():
            arrivals.append(time.monotonic())  # noqa: PERF401 - the moment is what counts

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    assert len(arrivals) >= 3
    assert arrivals[-1] - arrivals[0] > 0.4


def test_an_override_has_its_function(api: LocalApi) -> None:
    """The function is buffered and receives the event of its route."""
    response = httpx.get(api.url_for_path("/tales?limit=3"), timeout=30)

    assert response.json() == [{"name": "buffered /tales", "pages": None}]
    assert response.headers["content-length"]


def test_a_streamed_route_can_return_a_document(api: LocalApi) -> None:
    """The JSON and the errors of the app pass a streamed route unchanged."""
    added = httpx.post(api.url_for_path("/tales"), json={"name": "x"}, timeout=30)
    rejected = httpx.post(api.url_for_path("/tales"), json={"pages": 1}, timeout=30)

    assert (added.status_code, added.json()) == (201, {"name": "x", "pages": None})
    assert rejected.status_code == 422


def test_a_path_parameter_of_the_app_may_contain_slashes(api: LocalApi) -> None:
    """`{name:path}` is in the routes of the app and not in its document."""
    assert httpx.get(api.url_for_path("/files/a/b/c"), timeout=30).json() == {"name": "a/b/c"}


def test_a_path_outside_the_document_is_not_served(api: LocalApi) -> None:
    """API Gateway rejects it, because there is no {proxy+}."""
    assert httpx.get(api.url_for_path("/docs"), timeout=30).status_code == 403


def test_every_path_has_a_preflight(api: LocalApi) -> None:
    """The app does not run for it."""
    response = httpx.options(api.url_for_path("/tales/7/telling"), timeout=30)

    assert response.headers["access-control-allow-origin"] == "https://app.example"


@pytest.mark.recipe
def test_the_served_api_conforms_to_the_document_of_the_app(
    api: LocalApi, document: OpenApi, folder: Path
) -> None:
    """The test sends random requests of the document, and checks that each response is in it.

    Hypothesis reads the Unicode table of these tests: another one takes seconds to make.
    """
    file = folder / "openapi.json"
    file.write_text(json.dumps(document.document))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", str(file)),
            *(
                "--url",
                api.url_for_path("/").rstrip("/"),
                "--max-examples",
                "3",
                "--mode",
                "positive",
            ),
            *("--checks", ",".join(CHECKS)),
            *("--phases", "fuzzing", "--exclude-path", "/tales/{number}/telling"),
            *("--seed", "1", "--workers", "1"),
        ],
        cwd=folder,
        env={**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": str(storage_directory().path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Operations:\s+3 selected", done.stdout), done.stdout
