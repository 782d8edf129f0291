"""`GET /events`: a stream that a client can resume."""

import json
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Protocol

import httpx
import pytest
from fastapi.testclient import TestClient
from httpx_sse import EventSource, ServerSentEvent


@pytest.fixture
def client(web_module: Callable[[str], ModuleType]) -> TestClient:
    return TestClient(web_module("app").app)


class ReadResponse(Protocol):
    @property
    def content(self) -> bytes: ...


def events(read: ReadResponse) -> list[ServerSentEvent]:
    headers = {"Content-Type": "text/event-stream"}
    response = httpx.Response(200, headers=headers, content=read.content)
    return list(EventSource(response).iter_sse())


def numbers(received: list[ServerSentEvent]) -> list[int]:
    return [json.loads(event.data)["number"] for event in received if event.event == "message"]


def test_events_have_ids_and_an_end(client: TestClient) -> None:
    """Each event is JSON of several lines with an id. The last one, `[DONE]`, has none."""
    response = client.get("/events?count=3&interval=0")

    *received, done = events(response)
    assert [event.id for event in received] == ["1", "2", "3"]
    assert numbers(received) == [1, 2, 3]
    assert received[0].data.count("\n") >= 3
    assert (done.data, done.id) == ("[DONE]", "3")
    assert [event.retry for event in received] == [2000, None, None]
    assert response.headers["content-type"] == "text/event-stream"
    assert response.headers["cache-control"] == "no-cache, no-transform"


def test_a_client_resumes_after_its_last_event(client: TestClient) -> None:
    """After `Last-Event-ID: 7` the eighth event comes first. No event is lost or sent twice."""
    response = client.get("/events?count=10&interval=0", headers={"Last-Event-ID": "7"})

    *received, done = events(response)
    assert numbers(received) == [8, 9, 10]
    assert done.data == "[DONE]"


def test_a_204_ends_the_reconnections_of_a_client(client: TestClient) -> None:
    """An `EventSource` reconnects after any end but a 204."""
    response = client.get("/events?count=10", headers={"Last-Event-ID": "10"})

    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.parametrize("event_id", ["", "abc", "-1", "1.5", "²", "9" * 5000])
def test_an_unknown_id_starts_with_the_first_event(client: TestClient, event_id: str) -> None:
    """This server never sent such an id."""
    header = {b"Last-Event-ID": event_id.encode()}

    response = client.get("/events?count=2&interval=0", headers=header)

    assert numbers(events(response)[:-1]) == [1, 2]


def test_a_long_stream_comes_in_parts(client: TestClient) -> None:
    """A client that reconnects with the last id, as browsers do, gets each event once."""

    def parts() -> Iterator[list[ServerSentEvent]]:
        last_id = ""
        for _ in range(10):
            path = "/events?count=7&interval=0&per_connection=3"
            response = client.get(path, headers={"Last-Event-ID": last_id})
            if response.status_code == 204:
                return
            received = events(response)
            last_id = received[-1].id
            yield received

    responses = list(parts())

    assert [numbers([e for e in part if e.data != "[DONE]"]) for part in responses] == [
        [1, 2, 3],
        [4, 5, 6],
        [7],
    ]
    assert [part[-1].data == "[DONE]" for part in responses] == [False, False, True]


def test_a_failure_is_an_event_and_the_stream_can_be_resumed(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    """It follows the events before it. The log has the cause, and the last id is unchanged."""
    *received, failure = events(client.get("/events?count=5&interval=0&fail_after=2"))

    assert numbers(received) == [1, 2]
    assert failure.event == "failure"
    assert failure.id == "2"
    assert json.loads(failure.data) == {"error": {"message": "the event stream failed"}}
    assert "fail_after=2" in caplog.text


def test_comments_are_sent_during_silence(client: TestClient) -> None:
    """They show that the connection is alive."""
    response = client.get("/events?count=2&interval=0.4&heartbeat=0.1")

    between = response.text.partition("id: 1\n")[2].partition("id: 2\n")[0]
    assert between.count(": heartbeat\n") >= 2
    assert len(events(response)) == 3
