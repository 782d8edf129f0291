"""`POST /jobs`: a computation in a separate process."""

import json
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import httpx
import psutil
import pytest
from fastapi.testclient import TestClient

from tests.sample.web_server import app_server

WebModule = Callable[[str], ModuleType]
LIMIT = "1000000000"


@pytest.fixture
def client(web_module: WebModule) -> TestClient:
    return TestClient(web_module("app").app)


# https://oeis.org/A006880, and by hand.
@pytest.mark.parametrize(
    ("limit", "count", "largest"),
    [(2, 1, 2), (10, 4, 7), (97, 25, 97), (100, 25, 97), (10**6, 78498, 999983)],
)
def test_primes_are_counted(web_module: WebModule, limit: int, count: int, largest: int) -> None:
    """The result is right, whatever the segments."""
    *_, result = web_module("primes").primes(limit)

    assert (result["primes"], result["largest"]) == (count, largest)


def test_progress_is_that_of_the_work(client: TestClient) -> None:
    """It rises to 100 % with the number of primes so far. The result comes before the end."""
    response = client.post("/jobs?limit=10000&format=jsonl")

    *progress, result, end = map(json.loads, response.text.splitlines())
    assert [line["percent"] for line in progress] == list(range(1, 101))
    assert [line["event"] for line in (progress[0], result, end)] == ["progress", "result", "end"]
    # The primes up to 100 and up to 1000.
    primes = {line["done"]: line["found"] for line in progress}
    assert (primes[100], primes[1000]) == (25, 168)
    assert (result["primes"], result["largest"]) == (1229, 9973)
    assert end["chunks"] == 101


def test_get_starts_no_job(client: TestClient) -> None:
    """POST starts work, so that no client repeats it without the user."""
    assert client.get("/jobs").status_code == 405
    assert client.post("/jobs?limit=1000000001").status_code == 422


def test_a_failing_program_is_an_event_of_the_stream(
    client: TestClient, web_module: WebModule, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its output arrives, then an event with the failure, which its exit status shows."""
    program = tmp_path / "failing.py"
    line = {"done": 1, "of": 2, "percent": 50, "found": 0}
    program.write_text(f"import sys\nprint({json.dumps(line)!r}, flush=True)\nsys.exit(3)\n")
    monkeypatch.setattr(web_module("jobs"), "PROGRAM", program)

    progress, failure = map(
        json.loads, client.post("/jobs?limit=10&format=jsonl").text.splitlines()
    )

    assert progress["percent"] == 50
    assert (failure["event"], failure["chunks"]) == ("failure", 1)


@pytest.mark.anyio
async def test_lines_arrive_while_the_program_runs(web_module: WebModule) -> None:
    """Each line arrives when the program prints it, not at its end."""
    program = (
        "import time\nfor n in range(3):\n print('{\"n\": %d}' % n, flush=True)\n time.sleep(0.3)"
    )
    printed = web_module("jobs").read_json_lines

    lines = printed(sys.executable, "-c", program)
    arrivals = [(line["n"], time.monotonic()) async for line in lines]

    assert [n for n, _ in arrivals] == [0, 1, 2]
    assert arrivals[1][1] - arrivals[0][1] > 0.15
    assert arrivals[2][1] - arrivals[1][1] > 0.15


def jobs() -> list[psutil.Process]:
    """Return the processes of the computation with the highest limit."""
    return [child for child in psutil.Process().children() if child.cmdline()[-1:] == [LIMIT]]


def test_a_job_ends_with_its_stream(web_module: WebModule) -> None:
    """If the client leaves, the process ends."""
    with app_server(web_module("app").app) as server:
        with httpx.stream("POST", f"{server}/jobs?limit={LIMIT}", timeout=30) as response:
            chunks = response.iter_raw()  # let go, it would end the request
            assert next(chunks)
            (child,) = jobs()
        ended, alive = psutil.wait_procs([child], timeout=2)
        assert (len(ended), alive) == (1, [])


def test_a_job_does_not_delay_other_streams(web_module: WebModule) -> None:
    """The process does not block the event loop, so events stay regular."""
    with (
        app_server(web_module("app").app) as server,
        httpx.stream("POST", f"{server}/jobs?limit={LIMIT}", timeout=30) as busy,
    ):
        chunks = busy.iter_raw()  # let go, it would end the request
        assert next(chunks)
        with httpx.stream("GET", f"{server}/events?count=6&interval=0.1", timeout=60) as events:
            arrived = [time.monotonic() for chunk in events.iter_raw() if b"id:" in chunk]

        assert jobs()

    assert len(arrived) == 6
    assert max(b - a for a, b in pairwise(arrived)) < 1
