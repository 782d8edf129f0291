"""The clients as users start them, with the sample served from its template."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from streaming_construct.local.gateway.authorizers.user_pools import UserPools
from streaming_construct.local.gateway.startup_messages import list_credential_messages
from streaming_construct.local.lambda_.runtimes.nodejs import find_node
from streaming_construct.local.local_api import LocalApi
from streaming_construct.model.api import Stage
from streaming_construct.model.authorization import Authorizer, AuthorizerType, MethodAuthorization
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.usage_plans import ApiKey, UsagePlan
from tests.clients.scripted_server import ScriptedResponse, serve_responses
from tests.support.browser import PLAYWRIGHT_OPTIONS, Pages, find_chromium
from tests.support.misbehaving_function import misbehaving_function
from tests.support.models import new_api, new_route

pytestmark = pytest.mark.recipe
CLIENTS = Path(__file__).parents[2] / "clients"


class ClientRun:
    """The output of a client with times, and its exit status."""

    def __init__(self, *command: str, **variables: str) -> None:
        if command[0].endswith(".py"):
            command = (sys.executable, "-u", *command)
        elif command[0].endswith(".mjs"):
            command = (find_node(), *command)
        self.lines: list[str] = []
        self.moments: list[float] = []
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=CLIENTS,
            env={**os.environ, "NO_PROXY": "*", **variables},
        ) as child:
            giving_up = threading.Timer(60, child.kill)
            giving_up.start()
            assert child.stdout
            assert child.stderr
            for line in child.stdout:
                self.lines.append(line.rstrip("\n"))
                self.moments.append(time.monotonic())
            self.errors = child.stderr.read()
            giving_up.cancel()
        self.status = child.returncode

    @property
    def spread(self) -> float:
        """Return the seconds from the first line to the last."""
        return self.moments[-1] - self.moments[0]


def follow(
    client: str, url: str, count: str = "10", per_connection: str = "1000", silence: str = "5"
) -> ClientRun:
    """Follow events with the client of this name."""
    if client == "Node.js":
        return ClientRun("events_fetch.mjs", url, count, "0.2", per_connection, silence)
    paced = ("--count", count, "--interval", "0.2", "--per-connection", per_connection)
    return ClientRun("events_httpx.py", url, *paced, "--silence", silence)


FOLLOWING = ("httpx-sse", "Node.js")


@pytest.mark.parametrize("client", FOLLOWING)
def test_events_arrive_one_by_one_over_several_connections(client: str, sample: LocalApi) -> None:
    """If the stream ends without `[DONE]`, the client reconnects with the last event's id."""
    ran = follow(client, sample.url_for_path("/"), "6", "4", silence="60")

    assert (ran.status, ran.errors) == (0, "")
    assert [line.partition(" ")[0] for line in ran.lines] == list("123456")
    assert ran.moments[3] - ran.moments[0] > 0.4
    assert ran.moments[4] - ran.moments[3] > 1  # the server asked for two seconds


@pytest.mark.parametrize("client", FOLLOWING)
def test_a_client_error_is_not_retried(client: str, sample: LocalApi) -> None:
    """The client prints the status 422 and ends."""
    ran = follow(client, sample.url_for_path("/"), "0", silence="60")

    assert ran.status == 1
    assert "422" in ran.errors
    assert "disconnected" not in ran.errors


@pytest.mark.parametrize("client", FOLLOWING)
def test_a_heartbeat_keeps_the_connection_and_is_no_event(client: str) -> None:
    """The heartbeats last longer than the client waits without data. Both notations work."""
    heartbeat: list[bytes | float] = [0.1, b": heartbeat\n"]
    ping: list[bytes | float] = [0.1, b": ping\r\n\r\n"]
    waiting = [*heartbeat * 11, *ping * 11]
    response = ScriptedResponse(
        [b"id: 1\ndata: one\n\n", *waiting, b"id: 2\ndata: two\n\ndata: [DONE]\n\n"]
    )
    with serve_responses(response) as server:
        ran = follow(client, server.url, silence="1")

    assert (ran.status, ran.errors, ran.lines) == (0, "", ["1 one", "2 two"])
    assert len(server.requests) == 1
    assert ran.spread > 2


@pytest.mark.parametrize("client", FOLLOWING)
def test_after_a_silence_the_client_connects_again(client: str) -> None:
    """It waits for the server's retry time, and sends the id of the last event."""
    silent = ScriptedResponse([b"retry: 200\nid: 7\ndata: one\n\n", 30.0])
    resumed = ScriptedResponse([b"id: 8\ndata: two\n\ndata: [DONE]\n\n"])
    with serve_responses(silent, resumed) as server:
        ran = follow(client, server.url, silence="0.5")

    assert (ran.status, ran.lines) == (0, ["7 one", "8 two"])
    assert ran.errors.startswith("disconnected")
    assert [request["Last-Event-ID"] for request in server.requests] == [None, "7"]
    assert ran.spread > 0.6


@pytest.mark.parametrize("client", FOLLOWING)
def test_events_may_be_split_anywhere(client: str) -> None:
    """Within characters, line ends or events. A Unicode line separator ends no line."""
    event = "id: 1\r\ndata: Zürich\u2028Köln\r\n\r\n".encode()
    bytewise = [event[at : at + 1] for at in range(len(event))]
    cut = ScriptedResponse([b"retry: 10\n\n", *bytewise, b"id: 2\ndata: ha"], cut=True)
    resumed = ScriptedResponse([b"id: 2\ndata: half\n\ndata: [DONE]\n\n"])
    with serve_responses(cut, resumed) as server:
        ran = follow(client, server.url)

    assert (ran.status, ran.lines) == (0, ["1 Zürich Köln", "2 half"])
    assert server.requests[1]["Last-Event-ID"] == "1"


@pytest.mark.parametrize("client", FOLLOWING)
def test_an_error_of_a_busy_api_is_retried(client: str) -> None:
    """The client prints the status 429 and the message of the API."""
    busy = ScriptedResponse([b'{"message": "Too Many Requests"}'], status=429)
    with serve_responses(
        busy, ScriptedResponse([b"id: 1\ndata: one\n\ndata: [DONE]\n\n"])
    ) as server:
        ran = follow(client, server.url)

    assert (ran.status, ran.lines) == (0, ["1 one"])
    assert "429" in ran.errors
    assert "Too Many Requests" in ran.errors


@pytest.mark.parametrize("client", FOLLOWING)
def test_a_failure_event_ends_the_client(client: str) -> None:
    """The client prints its text and does not reconnect."""
    failing = ScriptedResponse([b"id: 1\ndata: one\n\nevent: failure\ndata: no more\n\n"])
    with serve_responses(failing) as server:
        ran = follow(client, server.url)

    assert (ran.status, ran.lines, ran.errors) == (1, ["1 one"], "incomplete: no more\n")
    assert len(server.requests) == 1


def test_chats_run_concurrently() -> None:
    """The chunks of two responses arrive interleaved. The client joins each response."""
    word = b'data: {"choices": [{"delta": {"content": "word "}}]}\n\n'
    models = ScriptedResponse([b'{"data": [{"id": "m"}]}'], content_type="application/json")
    paced: list[bytes | float] = [word, 0.2]
    chat = ScriptedResponse([*paced * 8, b"data: [DONE]\n\n"])
    with serve_responses(models, chat, chat) as server:
        ran = ClientRun("chat_asyncio.py", server.url, "What is first?", "What is second?")

    assert (ran.status, ran.errors) == (0, "")
    turns = ["first" in line for line in ran.lines if re.match(r" +[\d.]+ s  What", line)]
    assert sum(a != b for a, b in pairwise(turns)) > 5
    assert ran.lines.count("  " + "word " * 8) == 2


def test_a_chat_ends_after_its_timeout(sample: LocalApi) -> None:
    """The client prints the chunks before the timeout."""
    ran = ClientRun("chat_asyncio.py", sample.url_for_path("/"), "Hello?", "--seconds", "0.5")

    assert ran.status == 1
    assert "timed out after 0.5 s" in ran.errors
    assert ran.lines[-1].strip()


def test_curl_shows_a_stream_and_returns_its_exit_status(sample: LocalApi) -> None:
    """For an error status it prints the body and ends with curl's exit code 22."""
    skip_without_curl()
    url = sample.url_for_path("/stream?format=jsonl&count=4&interval=0.2")
    streamed = ClientRun("./stream.sh", url)
    rejected = ClientRun("./stream.sh", sample.url_for_path("/stream?count=0"))

    assert (streamed.status, len(streamed.lines)) == (0, 5)
    assert streamed.spread > 0.4
    assert rejected.status == 22
    assert "count" in rejected.lines[0]


def skip_without_curl() -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl on PATH")


def test_a_truncated_stream_is_an_error() -> None:
    """The client prints the received part, also after a split character. It exits with 1, curl
    with 18."""
    skip_without_curl()
    rows = "".join(
        json.dumps({"id": n, "city": "Zürich", "price": 1}, ensure_ascii=False) + "\n"
        for n in (1, 2)
    )
    bytewise = [bytes([byte]) for byte in rows.encode()]
    cut = ScriptedResponse(bytewise, content_type="application/x-ndjson", cut=True)
    with serve_responses(cut, cut) as server:
        ran = ClientRun("lines_requests.py", server.url)
        curl = ClientRun("./stream.sh", server.url + "export")

    assert (ran.status, ran.lines) == (1, ["1 Zürich 1", "2 Zürich 1"])
    assert ran.errors.startswith("incomplete:")
    assert (curl.status, len(curl.lines)) == (18, 2)


def test_keys_and_tokens_are_sent_and_are_in_no_option(tmp_path: Path) -> None:
    """They come from the environment, with unusual characters. Other users can read options."""
    skip_without_curl()
    key = 'k"\\k'
    options = tmp_path / "options"
    curl = tmp_path / "curl"
    curl.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" > {options}\nexec {shutil.which("curl")} "$@"\n'
    )
    curl.chmod(0o755)
    rows = ScriptedResponse([b'{"end": {"rows": 0}}\n'], content_type="application/x-ndjson")
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    with serve_responses(rows, rows) as server:
        by_requests = ClientRun("lines_requests.py", server.url, API_KEY=key)
        by_curl = ClientRun("./stream.sh", server.url, API_KEY=key, TOKEN="secret", PATH=path)

    assert (by_requests.status, by_curl.status) == (0, 0)
    assert [request["x-api-key"] for request in server.requests] == [key, key]
    assert server.requests[1]["Authorization"] == "Bearer secret"
    assert key not in options.read_text()
    assert "secret" not in options.read_text()


@pytest.fixture(scope="module")
def protected_api(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[LocalApi, dict[str, str]]]:
    """An API with a route for a signature and one for a key, and valid credentials."""
    iam = Authorizer(type=AuthorizerType.IAM, name="AWS_IAM", origin=SourceLocation())
    access: dict[str, Any] = {
        "/signed": MethodAuthorization(authorizer=iam),
        "/paced/{count}": MethodAuthorization(api_key_required=True),
    }
    routes = [
        new_route(path, "GET", access=authorization) for path, authorization in access.items()
    ]
    key = ApiKey(id="key", name="Key", origin=SourceLocation(), value="k" * 20)
    plan = UsagePlan(id="plan", name="Plan", origin=SourceLocation(), api_keys=(key,))
    function = misbehaving_function(tmp_path_factory.mktemp("code"))
    model = new_api(*routes, functions=[function], usage_plans=(plan,), stage=Stage(name="prod"))
    messages: list[str] = []
    with LocalApi(model) as api:
        messages += list_credential_messages(model, api.url_for_path(), UserPools())
        credentials = re.search(
            r"aws:amz:(\S+):execute-api --user (\S+?):(\S+)", "\n".join(messages)
        )
        assert credentials
        names = ("AWS_SIGV4", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        yield api, dict(zip(names, credentials.groups(), strict=True))


def test_a_signed_request_is_accepted_by_iam(
    protected_api: tuple[LocalApi, dict[str, str]], tmp_path: Path
) -> None:
    """botocore and curl sign it. Without a signature it is rejected."""
    skip_without_curl()
    api, identity = protected_api
    credentials = {
        **identity,
        "AWS_DEFAULT_REGION": identity["AWS_SIGV4"],
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
    }
    by_botocore = ClientRun("lines_signed.py", api.url_for_path("/signed"), **credentials)
    by_curl = ClientRun("./stream.sh", api.url_for_path("/signed"), **credentials)
    unsigned = ClientRun("./stream.sh", api.url_for_path("/signed"), AWS_SIGV4="")

    assert (by_botocore.status, by_botocore.errors) == (0, "")
    assert by_botocore.lines[0].isdigit()
    assert by_curl.status == 0
    assert unsigned.status == 22
    assert "Missing Authentication Token" in unsigned.lines[0]


def test_an_api_key_of_a_usage_plan_is_accepted(
    protected_api: tuple[LocalApi, dict[str, str]],
) -> None:
    """A wrong key is rejected."""
    skip_without_curl()
    api, _ = protected_api
    url = api.url_for_path("/paced/3")

    assert ClientRun("./stream.sh", url, API_KEY="k" * 20).status == 0
    assert ClientRun("./stream.sh", url, API_KEY="wrong" * 4).status == 22


def test_a_browser_follows_events_and_reads_rows(sample: LocalApi) -> None:
    """The page has another origin. An EventSource connects twice; fetch reads the rows.

    A stage that does not exist is an error that the page shows.
    """
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("there is no Chromium on PATH: apt-get install chromium")
    url = sample.url_for_path("/")
    paths = [f"/?{url}", f"/?{url.replace('/prod/', '/other/')}"]
    states = []
    files = dict.fromkeys(paths, CLIENTS / "browser.html")
    with Pages(files) as pages, playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=PLAYWRIGHT_OPTIONS)
        page = browser.new_page()
        for path in paths:
            page.goto(pages.origin() + path)
            page.wait_for_function("document.getElementById('state').textContent !== ''")
            state = page.get_by_role("status").inner_text()
            events = page.locator("#events li").all_inner_texts()
            states.append((state, events, page.locator("#rows li").count()))
        browser.close()

    assert states == [
        ("complete", list("123456"), 5),
        ("incomplete: the API rejected the request for events", [], 0),
    ]
