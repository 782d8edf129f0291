"""`LocalApi` over real sockets and processes: template, gateway, function."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from streaming_construct.documents.errors import SourceError
from streaming_construct.local.local_api import LocalApi
from tests.support.streaming_assembly import write_assembly


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalApi]:
    """One gateway for tests that do not change it."""
    with LocalApi.from_assembly(write_assembly(tmp_path_factory.mktemp("app") / "cdk.out")) as api:
        yield api


@pytest.mark.parametrize("path", ["/stream", "/node/x"])
def test_a_function_streams_through_the_gateway(api: LocalApi, path: str) -> None:
    """Chunks of a web app and of a Node.js handler arrive when the function writes them."""
    arrivals: list[float] = []
    with httpx.stream("GET", api.url_for_path(path), timeout=30) as response:
        for _ in response.iter_raw():
            arrivals.append(time.monotonic())  # noqa: PERF401 - the moment is what counts

    assert response.status_code == 200
    assert len(arrivals) >= 3  # a busy machine may hand over two at once
    assert arrivals[-1] - arrivals[0] > 0.2


def test_a_buffered_function_gets_the_proxy_event(api: LocalApi) -> None:
    """The response of a BUFFERED route is made from the JSON of a plain handler."""
    event = httpx.get(api.url_for_path("/plain?a=1"), timeout=30).json()

    assert event["resource"] == "/plain"
    assert event["queryStringParameters"] == {"a": "1"}
    assert event["requestContext"]["stage"] == "prod"


def test_a_failure_in_mid_stream_is_an_error_of_the_client(api: LocalApi) -> None:
    """A web app that ends in mid-stream leaves a truncated body."""
    with (
        pytest.raises(httpx.RemoteProtocolError),
        httpx.stream("GET", api.url_for_path("/break"), timeout=30) as response,
    ):
        response.read()


def test_a_preflight_needs_no_function(api: LocalApi) -> None:
    """The mock integration of the template responds to OPTIONS."""
    response = httpx.options(api.url_for_path("/stream"))

    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == "*"


def test_leaving_the_context_stops_everything(tmp_path: Path) -> None:
    """Neither the port, nor the process of the function, nor the thread remains."""
    threads = threading.active_count()
    with LocalApi.from_assembly(write_assembly(tmp_path / "cdk.out")) as api:
        url = api.url_for_path("/pid")
        pid = int(httpx.get(url, timeout=30).text)

    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert threading.active_count() == threads


def test_two_gateways_serve_concurrently(tmp_path: Path) -> None:
    """Each has a separate port."""
    folder = write_assembly(tmp_path / "cdk.out")
    with LocalApi.from_assembly(folder) as first, LocalApi.from_assembly(folder) as second:
        responses = [httpx.options(api.url_for_path("/x")).status_code for api in (first, second)]

    assert first.url_for_path() != second.url_for_path()
    assert responses == [204, 204]


def test_a_missing_assembly_is_a_source_error(tmp_path: Path) -> None:
    """The error precedes the start of a function."""
    with pytest.raises(SourceError, match="Run `cdk synth` first"):
        LocalApi.from_assembly(tmp_path)
