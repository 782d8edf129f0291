"""`lambda_src/node/index.mjs`: the streaming handler of Node.js."""

import json
import os
import subprocess
from collections.abc import Callable
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

HANDLER = Path(__file__).parents[2] / "lambda_src" / "node" / "index.mjs"
DRIVER = Path(__file__).with_name("drive_handler.mjs")

Invoke = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def invoke(node: str) -> Invoke:
    def invoked(
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        environment: dict[str, str] | None = None,
        **options: object,
    ) -> list[dict[str, Any]]:
        # A REST proxy event has null, not an empty object, where there is nothing.
        event = {"queryStringParameters": query, "headers": headers}
        completed = subprocess.run(
            [node, str(DRIVER), str(HANDLER), json.dumps({"event": event, **options})],
            env={"PATH": os.environ["PATH"], **(environment or {})},
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
        return [json.loads(line) for line in completed.stdout.splitlines()]

    return invoked


def quick(format_name: str) -> dict[str, str]:
    return {"format": format_name, "count": "3", "interval": "0.01"}


def body(lines: list[dict[str, Any]]) -> str:
    return "".join(line["data"] for line in lines if "data" in line)


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("sse", "text/event-stream"),
        ("jsonl", "application/x-ndjson"),
        ("text", "text/plain; charset=utf-8"),
    ],
)
def test_headers_prevent_buffering_of_the_stream(
    invoke: Invoke, name: str, content_type: str
) -> None:
    """The metadata comes first, with the same headers as those of the Python app."""
    first, *_, last = invoke(quick(name))

    assert first["metadata"] == {
        "statusCode": 200,
        "headers": {
            "Content-Type": content_type,
            "Cache-Control": "no-cache, no-transform",
            "X-Accel-Buffering": "no",
        },
    }
    assert last["ended"] is True


def test_each_format_has_the_same_chunks(invoke: Invoke) -> None:
    """Events, JSON Lines and text have the same progress, each with its end."""
    events = body(invoke(quick("sse"))).removesuffix("\n\n").split("\n\n")
    lines = [json.loads(line) for line in body(invoke(quick("jsonl"))).splitlines()]
    words = [line.split()[1] for line in body(invoke(quick("text"))).splitlines()]

    names = ["progress", "progress", "progress", "end"]
    assert [event.split("\n")[0] for event in events] == [f"event: {name}" for name in names]
    data = [json.loads(event.split("\n")[1].removeprefix("data: ")) for event in events]
    assert [entry["percent"] for entry in data[:-1]] == [33, 67, 100]
    assert [line["event"] for line in lines] == names
    assert lines[-1]["chunks"] == 3
    assert words == names


def test_defaults_are_those_of_the_python_app(invoke: Invoke) -> None:
    """Without a query string: ten Server-Sent Events, half a second apart."""
    first, *chunks = invoke(None, closeAfter=2)

    assert first["metadata"]["headers"]["Content-Type"] == "text/event-stream"
    data = [json.loads(line["data"].split("\n")[1][6:]) for line in chunks if "data" in line]
    assert [entry["of"] for entry in data] == [10, 10]
    assert chunks[1]["at"] - chunks[0]["at"] > 400


def test_chunks_are_written_as_they_are_made(invoke: Invoke) -> None:
    """Writes are an interval apart, and so are the times in the chunks."""
    lines = invoke({"format": "jsonl", "count": "4", "interval": "0.15"})

    chunks = [line for line in lines if "data" in line][:4]
    times = [creation_times(line["data"]) for line in chunks]
    assert all(b["at"] - a["at"] > 100 for a, b in pairwise(chunks))
    assert all(b - a > 0.1 for a, b in pairwise(times))


def test_a_slow_reader_slows_the_handler(invoke: Invoke) -> None:
    """With no pause, the handler makes a chunk only when the stream has room for it."""
    lines = invoke({"format": "jsonl", "count": "8", "interval": "0"}, writeMs=60)

    times = [creation_times(line["data"]) for line in lines if "data" in line]
    assert len(times) == 9
    assert times[-1] - times[0] > 0.3


def test_work_ends_when_the_stream_closes(invoke: Invoke) -> None:
    """A closed stream ends the pause of the handler, which would last for 100 seconds."""
    lines = invoke({"format": "text", "count": "11", "interval": "10"}, closeAfter=1)

    assert lines[-1]["error"] == "ERR_STREAM_PREMATURE_CLOSE"
    assert lines[-1]["at"] < 5000
    assert len([line for line in lines if "data" in line]) == 1


def test_comments_are_sent_during_silence(invoke: Invoke) -> None:
    """Comments at the heartbeat interval come between two events that are far apart."""
    query = {"count": "2", "interval": "0.5"}

    lines = invoke(query, environment={"HEARTBEAT_MS": "100"})

    chunks = [line for line in lines if "data" in line]
    beats = [line for line in chunks if line["data"] == ": heartbeat\n"]
    assert len(beats) >= 3
    assert all(later["at"] - earlier["at"] > 60 for earlier, later in pairwise(beats))
    assert [line["data"].split("\n")[0] for line in chunks if line not in beats] == [
        "event: progress",
        "event: progress",
        "event: end",
    ]
    assert lines[-1]["ended"] is True


def test_other_formats_have_no_comments(invoke: Invoke) -> None:
    """JSON Lines has no line that a client may ignore."""
    query = {"count": "2", "interval": "0.3", "format": "jsonl"}

    lines = invoke(query, environment={"HEARTBEAT_MS": "50"})

    assert len([line for line in lines if "data" in line]) == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", "xml"),
        ("format", "toString"),
        ("count", "0"),
        ("count", "1001"),
        ("count", "1.5"),
        ("interval", "-1"),
        ("interval", "10.5"),
        ("interval", "NaN"),
        ("interval", ""),
    ],
)
def test_invalid_values_are_rejected_by_name(invoke: Invoke, name: str, value: str) -> None:
    """The 422 names the parameter, the given value and the valid ones."""
    first, *chunks = invoke({name: value})

    (problem,) = json.loads(body(chunks))["detail"]
    assert first["metadata"]["statusCode"] == 422
    assert first["metadata"]["headers"]["Content-Type"] == "application/json"
    assert (problem["loc"], problem["input"]) == (["query", name], value)
    assert problem["msg"].startswith("Input should be")


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        ("https://a.example, https://b.example", "https://b.example", "https://b.example"),
        ("https://a.example", "https://c.example", None),
        ("https://a.example", None, None),
        ("*", "https://c.example", "*"),
        ("", "https://a.example", None),
    ],
)
def test_cors_headers_follow_the_environment(
    invoke: Invoke, origins: str, origin: str | None, allowed: str | None
) -> None:
    """A listed origin is allowed, whatever the case of the header name. Another one is not."""
    environment = {
        "CORS_ALLOW_ORIGINS": origins,
        "CORS_ALLOW_CREDENTIALS": "true",
        "CORS_EXPOSE_HEADERS": "X-One",
    }

    lines = invoke(quick("sse"), {"origin": origin} if origin else None, environment)

    headers = lines[0]["metadata"]["headers"]
    assert headers.get("Access-Control-Allow-Origin") == allowed
    assert headers.get("Access-Control-Allow-Credentials") == ("true" if allowed else None)
    assert headers.get("Access-Control-Expose-Headers") == ("X-One" if allowed else None)
    assert headers.get("Vary") == ("Origin" if origins.startswith("https") else None)


def creation_times(line: str) -> float:
    return datetime.fromisoformat(json.loads(line)["time"].replace("Z", "+00:00")).timestamp()
