"""The routes of the sample as they are deployed: the template, the gateway's limits, real
sockets."""

import json
import time
from itertools import pairwise
from pathlib import Path
from statistics import median

import httpx
import psutil
import pytest

from streaming_construct.local.local_api import LocalApi
from streaming_construct.probe.result import probe

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def api(sample: LocalApi) -> LocalApi:
    # The first request waits for the packages of the function to be installed.
    assert httpx.get(sample.url_for_path("/api"), timeout=300).status_code == 200
    return sample


def test_events_arrive_and_can_be_resumed(api: LocalApi) -> None:
    """They arrive one by one. The last id leads to the other events, then to a 204."""
    url = api.url_for_path("/events?count=6&interval=0.15")

    assert probe(url).is_streamed
    resumed = httpx.get(url, headers={"Last-Event-ID": "4"}, timeout=60)
    assert [line for line in resumed.text.splitlines() if line.startswith("id:")] == [
        "id: 5",
        "id: 6",
    ]
    assert httpx.get(url, headers={"Last-Event-ID": "6"}, timeout=60).status_code == 204


def test_heartbeats_arrive_during_silence(api: LocalApi) -> None:
    """They arrive one by one as well."""
    url = api.url_for_path("/events?count=2&interval=1.5&heartbeat=0.15")

    with httpx.stream("GET", url, timeout=20) as response:
        arrived = [time.monotonic() for chunk in response.iter_raw() if chunk == b": heartbeat\n"]

    assert len(arrived) >= 4
    assert median(later - earlier for earlier, later in pairwise(arrived)) > 0.08


def test_tokens_arrive_one_by_one(api: LocalApi) -> None:
    """The route accepts a POST with a body, and has a throttle."""
    request = {
        "model": "markov-chain",
        "stream": True,
        "max_tokens": 15,
        "messages": [{"role": "user", "content": "Hi"}],
    }
    result = probe(
        api.url_for_path("/v1/chat/completions"),
        method="POST",
        headers={"Content-Type": "application/json", "Authorization": "Bearer none"},
        body=json.dumps(request),
    )

    assert result.is_streamed, result
    assert (
        httpx.get(api.url_for_path("/v1/models"), timeout=60).json()["data"][0]["id"]
        == "markov-chain"
    )


def test_an_error_of_the_chat_keeps_its_status_and_body(api: LocalApi) -> None:
    """API Gateway passes the response of the function on."""
    response = httpx.post(
        api.url_for_path("/v1/chat/completions"), json={"model": "x", "messages": []}, timeout=60
    )

    assert response.status_code == 400
    assert response.json()["error"]["param"] == "messages"


def test_an_export_arrives_complete(api: LocalApi) -> None:
    """It has many rows in many chunks, and its last line."""
    with httpx.stream("GET", api.url_for_path("/export?rows=50000"), timeout=60) as response:
        chunks = list(response.iter_raw())

    lines = b"".join(chunks).splitlines()
    assert len(chunks) > 10
    assert len(lines) == 50_001
    assert json.loads(lines[-1]) == {"end": {"rows": 50_000}}


def test_a_job_reports_its_progress_and_its_result(api: LocalApi) -> None:
    """One event for each percent, then the result and the end."""
    url = api.url_for_path("/jobs?limit=1000000&format=jsonl")
    response = httpx.post(url, timeout=60)

    *progress, result, end = map(json.loads, response.text.splitlines())
    assert [event["percent"] for event in progress] == list(range(1, 101))
    assert result["primes"] == 78_498
    assert end["event"] == "end"


def test_media_are_relayed_by_ranges(api: LocalApi) -> None:
    """Bytes and headers pass unchanged."""
    complete = httpx.get(api.url_for_path("/media/tone.wav"), timeout=60)
    part = httpx.get(
        api.url_for_path("/media/tone.wav"), headers={"Range": "bytes=1000-1999"}, timeout=60
    )
    beyond = httpx.get(
        api.url_for_path("/media/tone.wav"), headers={"Range": "bytes=999999-"}, timeout=60
    )

    assert (complete.status_code, complete.content[:4]) == (200, b"RIFF")
    assert (part.status_code, part.content) == (206, complete.content[1000:2000])
    assert part.headers["content-range"] == "bytes 1000-1999/320044"
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, "bytes */320044")


def test_a_page_of_another_origin_may_call_the_api(api: LocalApi) -> None:
    """A preflight allows POST and every header, those of chats and of reconnections among them."""
    headers = {
        "Origin": "https://page.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,last-event-id",
    }

    response = httpx.options(api.url_for_path("/v1/chat/completions"), headers=headers)

    # To a browser `*` is every header but this one, which must be named.
    allowed = response.headers["access-control-allow-headers"].lower().replace(" ", "").split(",")
    assert "POST" in response.headers["access-control-allow-methods"]
    assert set(allowed) == {"*", "authorization"}
    assert response.headers["access-control-allow-origin"] == "*"


def test_the_function_continues_after_the_client_leaves(api: LocalApi) -> None:
    """Progress arrives during the work. As on AWS, the app does not learn of the disconnection, and
    its work continues to its end.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
    """
    limit = "200000001"  # names the process, which computes for seconds
    with httpx.stream("POST", api.url_for_path(f"/jobs?limit={limit}"), timeout=20) as response:
        chunks = response.iter_raw()  # let go, it would end the request
        assert next(chunks)
    (job,) = (p for p in psutil.process_iter(["cmdline"]) if limit in (p.info["cmdline"] or ()))

    # Without a gateway it is ended within moments (test_jobs.py).
    with pytest.raises(psutil.TimeoutExpired):
        job.wait(timeout=0.3)
    job.wait(timeout=60)
