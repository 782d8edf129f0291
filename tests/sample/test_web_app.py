"""`lambda_src/web/app.py`: routes, formats, errors and CORS of the web app, without a socket."""

import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timezone
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fastapi.testclient import TestClient

WebModule = Callable[[str], ModuleType]
QUICK = "count=3&interval=0.01"


@pytest.fixture
def client(web_module: WebModule) -> TestClient:
    return TestClient(web_module("app").app)


def sse_events(text: str) -> list[tuple[str, dict[str, Any]]]:
    events = []
    for block in text.removesuffix("\n\n").split("\n\n"):
        event, data = block.split("\n")
        events.append(
            (event.removeprefix("event: "), json.loads(data.removeprefix("data: "))),
        )
    return events


def test_the_index_lists_formats_patterns_and_examples(client: TestClient) -> None:
    """Every example that it lists is a route."""
    index = client.get("/api").json()

    assert index.pop("format") == ["sse", "jsonl", "text"]
    assert index.pop("pattern") == ["progress", "results", "tokens"]
    assert client.get(f"/{index['stream']}&count=1").status_code == 200
    assert {
        path: client.options(f"/{path}").status_code for path in index.values()
    } == dict.fromkeys(index.values(), 405)


def test_the_links_of_the_page_exist(client: TestClient) -> None:
    """The links are relative and work below a stage."""
    page = client.get("/")
    links = re.findall(r'(?:href|src)="(?!data:)([^"]+)"', page.text)

    assert page.headers["content-type"].startswith("text/html")
    assert [link for link in links if link.startswith(("/", "http"))] == []
    assert {link: client.get(f"/{link}").status_code for link in links} == dict.fromkeys(links, 200)


def test_the_documented_routes_are_those_of_the_app(client: TestClient) -> None:
    """`docs/sample.md` has every route, and the four routes of the other functions."""
    text = (Path(__file__).parents[2] / "docs" / "sample.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([A-Z]+ /[^`]*)` \|", text, re.MULTILINE))
    paths = client.get("/openapi.json").json()["paths"]
    served = {
        f"{method.upper()} {path.replace('{', '<').replace('}', '>')}"
        for path, operations in paths.items()
        for method in operations
    }

    assert documented == served | {"GET /node", "GET /words", "GET /buffered", "GET /health"}


def test_the_readiness_check_has_an_empty_response(client: TestClient) -> None:
    """The adapter needs only its status."""
    response = client.get("/ready")

    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("sse", "text/event-stream"),
        ("jsonl", "application/x-ndjson"),
        ("text", "text/plain; charset=utf-8"),
    ],
)
def test_headers_prevent_buffering_of_the_stream(
    client: TestClient, name: str, content_type: str
) -> None:
    """Each format has its content type, and forbids caches, compression and buffering."""
    headers = client.get(f"/stream?format={name}&{QUICK}").headers

    assert headers["content-type"] == content_type
    assert headers["cache-control"] == "no-cache, no-transform"
    assert headers["x-accel-buffering"] == "no"
    assert "content-length" not in headers


@pytest.mark.parametrize(
    ("pattern", "event", "key", "values"),
    [
        ("progress", "progress", "percent", [33, 67, 100]),
        ("results", "result", "row", [1, 2, 3]),
        ("tokens", "token", "token", ["This", "sentence", "is"]),
    ],
)
def test_events_have_the_chunks_of_the_pattern(
    client: TestClient, pattern: str, event: str, key: str, values: list[object]
) -> None:
    """Each chunk of a pattern is an event with its data, and the last event marks the end."""
    *events, end = sse_events(client.get(f"/stream?pattern={pattern}&{QUICK}").text)

    assert [name for name, _ in events] == [event] * 3
    assert [data[key] for _, data in events] == values
    assert end[0] == "end"
    assert end[1]["chunks"] == 3


def test_json_lines_are_objects_one_a_line(client: TestClient) -> None:
    """Each line is a JSON object that names its event."""
    response = client.get(f"/stream?format=jsonl&pattern=results&{QUICK}").text

    assert response.endswith("\n")
    lines = [json.loads(line) for line in response.splitlines()]
    assert [line["event"] for line in lines] == ["result", "result", "result", "end"]


def test_text_has_a_line_for_each_chunk(client: TestClient) -> None:
    """Plain text has a time and the words of a chunk on each line."""
    lines = client.get(f"/stream?format=text&pattern=tokens&{QUICK}").text.splitlines()

    assert [line.split("  ", 2)[1:] for line in lines] == [
        ["token", "This"],
        ["token", "sentence"],
        ["token", "is"],
        ["end", "3 chunks"],
    ]


@pytest.mark.parametrize("name", ["sse", "jsonl", "text"])
def test_every_chunk_has_its_creation_time(client: TestClient, name: str) -> None:
    """The times are between request and response, and an interval apart."""
    before = datetime.now(timezone.utc)
    response = client.get(f"/stream?format={name}&count=3&interval=0.1").text
    after = datetime.now(timezone.utc)

    if name == "sse":
        texts = [data["time"] for _, data in sse_events(response)]
    elif name == "jsonl":
        texts = [json.loads(line)["time"] for line in response.splitlines()]
    else:
        texts = [line.split()[0] for line in response.splitlines()]
    times = [datetime.fromisoformat(time.replace("Z", "+00:00")) for time in texts]
    assert len(times) == 4
    # Written in milliseconds, a time may seem up to one earlier.
    assert before.timestamp() - 0.001 <= times[0].timestamp()
    assert times[-1] <= after
    assert all((later - earlier).total_seconds() >= 0.09 for earlier, later in pairwise(times[:3]))


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("format=xml", "format"),
        ("pattern=none", "pattern"),
        ("count=0", "count"),
        ("count=1001", "count"),
        ("count=many", "count"),
        ("interval=-1", "interval"),
        ("interval=10.5", "interval"),
        ("interval=nan", "interval"),
        ("interval=inf", "interval"),
    ],
)
def test_invalid_values_are_rejected_by_name(client: TestClient, query: str, name: str) -> None:
    """The 422 names the parameter, the given value and the valid ones."""
    response = client.get(f"/stream?{query}")

    assert response.status_code == 422
    (problem,) = response.json()["detail"]
    assert problem["loc"] == ["query", name]
    assert problem["input"] == query.partition("=")[2]
    assert problem["msg"].startswith("Input should be")


def test_all_invalid_values_are_reported_at_once(client: TestClient) -> None:
    """One response names every problem of a request."""
    detail = client.get("/stream?format=xml&count=0&interval=-1").json()["detail"]

    assert [problem["loc"][1] for problem in detail] == ["format", "count", "interval"]


def test_a_failure_in_mid_stream_is_the_last_chunk(
    web_module: WebModule, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The last chunk reports an error after the headers. Only the log has its cause."""
    patterns = web_module("patterns")

    async def failing(count: int, interval: float) -> AsyncIterator[object]:
        yield patterns.Chunk("progress", {"done": 1}, "one")
        raise RuntimeError(f"secret {count} {interval}")

    monkeypatch.setitem(patterns.PATTERNS, patterns.Pattern.PROGRESS, failing)
    response = TestClient(web_module("app").app).get("/stream")

    first, last = sse_events(response.text)
    assert response.status_code == 200
    assert first[0] == "progress"
    assert last[0] == "failure"
    assert last[1]["chunks"] == 1
    assert "secret" not in response.text
    assert "secret" in caplog.text


def test_no_cors_headers_unless_configured(client: TestClient) -> None:
    """Without `CORS_ALLOW_ORIGINS` no origin is allowed."""
    headers = client.get("/", headers={"Origin": "https://a.example"}).headers

    assert "access-control-allow-origin" not in headers


def test_cors_headers_follow_the_environment(
    web_module: WebModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listed origin is allowed, with credentials and exposed headers. Another one is not."""
    monkeypatch.setenv("CORS_ALLOW_ORIGINS", "https://a.example, https://b.example")
    monkeypatch.setenv("CORS_EXPOSE_HEADERS", "X-One,X-Two")
    monkeypatch.setenv("CORS_ALLOW_CREDENTIALS", "true")
    client = TestClient(web_module("app").app)

    allowed = client.get(f"/stream?{QUICK}", headers={"Origin": "https://b.example"}).headers
    rejected = client.get(f"/stream?{QUICK}", headers={"Origin": "https://c.example"}).headers

    assert allowed["access-control-allow-origin"] == "https://b.example"
    assert allowed["access-control-allow-credentials"] == "true"
    assert allowed["access-control-expose-headers"] == "X-One, X-Two"
    assert "origin" in allowed["vary"].lower()
    assert "access-control-allow-origin" not in rejected


def test_errors_have_cors_headers(web_module: WebModule, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page may read a 422. Without the headers, a browser would hide it."""
    monkeypatch.setenv("CORS_ALLOW_ORIGINS", "*")
    client = TestClient(web_module("app").app)

    response = client.get("/stream?count=0", headers={"Origin": "https://a.example"})

    assert response.status_code == 422
    assert response.headers["access-control-allow-origin"] == "*"


def test_preflight_follows_the_environment(
    web_module: WebModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Methods, headers and age of a preflight are those of the variables."""
    monkeypatch.setenv("CORS_ALLOW_ORIGINS", "https://a.example")
    monkeypatch.setenv("CORS_ALLOW_METHODS", "GET,POST")
    monkeypatch.setenv("CORS_ALLOW_HEADERS", "X-Api-Key")
    monkeypatch.setenv("CORS_MAX_AGE", "7200")
    client = TestClient(web_module("app").app)
    headers = {
        "Origin": "https://a.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "X-Api-Key",
    }

    response = client.options("/stream", headers=headers)

    assert response.status_code == 204
    assert response.headers["access-control-allow-methods"] == "GET, POST"
    assert "X-Api-Key" in response.headers["access-control-allow-headers"]
    assert response.headers["access-control-max-age"] == "7200"
