"""Unmodified clients: each receives a stream, detects a truncated one, and reads errors."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk.aws_apigateway import CorsOptions

from streaming_construct import PythonStreamingFunction, StreamingRestApi
from streaming_construct.local.local_api import LocalApi
from tests.support.browser import Pages, find_chromium, open_browser
from tests.support.real_clients import (
    SCRIPT,
    ReceivedResponse,
    Request,
    with_curl,
    with_eventsource,
    with_httpx,
    with_node_fetch,
    with_requests,
)

pytestmark = pytest.mark.slow
HANDLER = '''\
"""Five chunks, with a pause before each; `fails_after` some of them when asked to."""
import json, os, time

from cors import create_cors_headers
from streaming_construct.runtime import HttpResponse


def handler(event, context):
    given = {name.lower(): value for name, value in event["headers"].items()}
    query = event["queryStringParameters"] or {}
    cors = create_cors_headers(given, os.environ)
    if event["path"] == "/rejected":
        yield HttpResponse(409, {"Content-Type": "application/json", **cors})
        yield '{"message": "not now"}\\n'
        return
    if event["path"] == "/crash":
        raise RuntimeError("before the first byte")
    events = event["path"] == "/events"
    kind = "text/event-stream" if events else "application/x-ndjson"
    yield HttpResponse(200, {"Content-Type": kind, "Cache-Control": "no-cache", **cors})
    if events:
        yield "retry: 100\\n\\n"
    last = int(given.get("last-event-id", 0))
    word = json.loads(event["body"])["word"] if event["body"] else "word"
    for number in range(last + 1, 6):
        time.sleep(float(query["pause"]))
        if not last and str(number) > query.get("fails_after", "5"):
            raise RuntimeError("in mid-stream")
        data = json.dumps({"word": f"{word} {number}"})
        yield f"id: {number}\\ndata: {data}\\n\\n" if events else data + "\\n"
    if events:
        yield "event: end\\ndata:\\n\\n"
'''

EVENTS = Request("events", events=True)
RESUMED = Request("events?fails_after=3", events=True)
LINES = Request("lines", body='{"word": "grüezi"}')
BROKEN = Request("lines?fails_after=3", body='{"word": "grüezi"}')
REJECTED = Request("rejected")
CRASH = Request("crash")
REJECTED_EVENTS = Request("rejected", events=True)
BROWSER_REQUESTS = (EVENTS, RESUMED, LINES, BROKEN, REJECTED, CRASH, REJECTED_EVENTS)

Client = Callable[[str, Request], ReceivedResponse]
FETCHING: dict[str, Client] = {
    "curl": with_curl,
    "requests": with_requests,
    "httpx": with_httpx,
    "fetch of Node.js": with_node_fetch,
}
FOLLOWING: dict[str, Client] = {"httpx-sse": with_httpx, "npm's eventsource": with_eventsource}
BROWSER = "Chromium"
# A busy machine may delay a client, which then reads chunks together: the next attempt is slower.
PAUSES = (0.2, 0.8, 3.2)


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    """The web site that calls the API from another origin."""
    page = SCRIPT.with_suffix(".html")
    with Pages({"/": page, "/real_clients.mjs": SCRIPT}) as pages:
        yield pages


@pytest.fixture(scope="module")
def api(pages: Pages, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an API of the construct, which allows one origin: that of the pages."""
    folder = tmp_path_factory.mktemp("real-clients")
    code = folder / "code"
    code.mkdir()
    (code / "index.py").write_text(HANDLER, encoding="utf-8")
    shutil.copy(Path(__file__).parents[2] / "lambda_src" / "plain" / "cors.py", code)
    app = App(outdir=str(folder / "cdk.out"), builtin_cloud_formation_validation=False)
    stack = Stack(app, "Chat")
    StreamingRestApi(
        stack,
        "Api",
        handler=PythonStreamingFunction(stack, "Words", entry=code),
        cors=CorsOptions(allow_origins=[pages.origin()], allow_headers=["Content-Type"]),
    )
    app.synth()
    with LocalApi.from_assembly(folder / "cdk.out") as api:
        yield api.url_for_path()


@pytest.fixture(scope="module")
def reports(
    pages: Pages, api: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[Request, ReceivedResponse]]:
    """The report of Chromium for each origin. One visit serves all tests."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("there is no Chromium on PATH: apt-get install chromium")
    stranger = pages.origin("localhost")
    reports: dict[str, dict[Request, ReceivedResponse]] = {}
    for pause in PAUSES:
        asked = [replace(ask, pause=pause) for ask in BROWSER_REQUESTS]
        requests = [{**asdict(ask), "path": ask.target, "method": ask.method} for ask in asked]
        pages.add("/task.json", {"api": api, "stranger": stranger, "requests": requests})
        folder = tmp_path_factory.mktemp("chromium")
        with open_browser(chromium, pages.origin(), folder) as console:
            try:
                received = dict(pages.report(seconds=60) for _ in range(2))
            except TimeoutError as error:
                pytest.fail(f"{error}; Chromium says:\n{console.read_text()}")
        for origin, report in received.items():
            responses = (ReceivedResponse(**response) for response in report)
            reports[origin] = dict(zip(BROWSER_REQUESTS, responses, strict=True))
        own = reports[pages.origin()]
        if is_spread(own[LINES]) and is_spread(own[EVENTS]) and own[BROKEN].moments > 1:
            break
    return reports


@pytest.fixture
def client(request: pytest.FixtureRequest) -> Client:
    """The client of this name. Chromium has made its requests already."""
    if request.param != BROWSER:
        return {**FETCHING, **FOLLOWING}[request.param]
    origin = request.getfixturevalue("pages").origin()
    responses = request.getfixturevalue("reports")[origin]
    return lambda _, ask: responses[ask]


fetching = pytest.mark.parametrize("client", [*FETCHING, BROWSER], indirect=True)
following = pytest.mark.parametrize("client", [*FOLLOWING, BROWSER], indirect=True)
reconnecting = pytest.mark.parametrize("client", ["npm's eventsource", BROWSER], indirect=True)


def read_words(response: ReceivedResponse) -> list[str]:
    return [json.loads(line)["word"] for line in response.lines]


def is_spread(response: ReceivedResponse) -> bool:
    return bool(response.arrivals) and response.seconds > 0.4 and response.moments >= 3


def receive_spread(client: Client, api: str, ask: Request) -> ReceivedResponse:
    """Return a response whose chunks arrived one after the other.

    Raises:
        Failed: The client has read them together, also with long pauses.
    """
    for pause in PAUSES:
        response = client(api, replace(ask, pause=pause))
        if is_spread(response):
            return response
    pytest.fail(f"the chunks arrived together {len(PAUSES)} times: {response}")


@fetching
def test_lines_arrive_one_after_the_other(client: Client, api: str) -> None:
    """JSON Lines of a POST arrive when the function writes them."""
    response = receive_spread(client, api, LINES)

    assert (response.status, response.errors) == (200, [])
    assert read_words(response) == [f"grüezi {number}" for number in range(1, 6)]


@following
def test_events_arrive_one_after_the_other(client: Client, api: str) -> None:
    """Server-Sent Events with their ids arrive when the function writes them."""
    response = receive_spread(client, api, EVENTS)

    assert response.status == 200
    assert response.errors == []
    expected = [f'{number} {{"word": "word {number}"}}' for number in range(1, 6)]
    assert [line for line in response.lines if "word" in line] == expected


@pytest.mark.parametrize(
    ("client", "error"),
    [
        ("curl", "exit code 18"),
        ("requests", "ChunkedEncodingError"),
        ("httpx", "RemoteProtocolError"),
        ("fetch of Node.js", "TypeError: terminated"),
        (BROWSER, "TypeError: network error"),
    ],
    indirect=["client"],
)
def test_a_truncated_stream_is_an_error(client: Client, error: str, api: str) -> None:
    """The client receives the chunks before the failure, then an error."""
    response = client(api, BROKEN)

    assert (response.status, response.errors) == (200, [error])
    assert read_words(response) == ["grüezi 1", "grüezi 2", "grüezi 3"]


def test_a_truncated_event_stream_is_an_error(api: str) -> None:
    """`httpx-sse` does not reconnect by itself, and raises an error."""
    response = with_httpx(api, RESUMED)

    assert response.errors == ["RemoteProtocolError"]
    assert [line for line in response.lines if "word" in line][-1] == '3 {"word": "word 3"}'


@reconnecting
def test_an_event_source_resumes_a_truncated_stream(client: Client, api: str) -> None:
    """It reports the error, reconnects with the last id, and misses no event."""
    response = client(api, RESUMED)

    assert response.errors == ["reconnecting"]
    assert [line.partition(" ")[0] for line in response.lines] == ["1", "2", "3", "4", "5"]


@fetching
def test_an_error_of_the_function_can_be_read(client: Client, api: str) -> None:
    """A page of another origin can read its status and its body, too."""
    response = client(api, REJECTED)

    assert (response.status, response.errors) == (409, [])
    assert [json.loads(line) for line in response.lines] == [{"message": "not now"}]


@fetching
def test_an_error_of_the_gateway_can_be_read(client: Client, api: str) -> None:
    """A failure before the first byte is a 502, which a page of another origin can read, too."""
    response = client(api, CRASH)

    assert (response.status, response.errors) == (502, [])
    assert [json.loads(line) for line in response.lines] == [{"message": "Internal server error"}]


@reconnecting
def test_an_event_source_stops_after_an_error_status(client: Client, api: str) -> None:
    """A status of 409 is permanent. Only npm's package reports the status."""
    response = client(api, REJECTED_EVENTS)

    assert response.status in (409, None)
    assert (response.arrivals, response.errors) == ([], ["closed"])


def test_a_page_of_a_foreign_origin_reads_nothing(
    pages: Pages, reports: dict[str, dict[Request, ReceivedResponse]]
) -> None:
    """The browser hides every response, stream or error, from an origin that CORS does not
    allow."""
    stranger = reports[pages.origin("localhost")]

    assert set(stranger) == set(BROWSER_REQUESTS)
    for ask, response in stranger.items():
        assert (response.status, response.arrivals) == (None, []), ask
        assert response.errors == ["closed" if ask.events else "TypeError: Failed to fetch"], ask
