"""The apps of docs/cookbook.md run as they are deployed, and real clients use them."""

from __future__ import annotations

import io
import json
import os
import re
import runpy
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from aws_cdk import App, Stack
from httpx_sse import connect_sse

from streaming_construct import PythonStreamingFunction, StreamingRestApi
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.local.local_api import LocalApi
from tests.clients.scripted_server import ScriptedResponse, serve_responses
from tests.docs.code_blocks import list_blocks
from tests.docs.examples import list_examples, run_example
from tests.docs.pages import ROOT, read_page
from tests.support.synthesis import new_stack

pytestmark = pytest.mark.recipe

PAGE = read_page("cookbook")
if TYPE_CHECKING:
    import httpx2
    import openai
    from mcp.client.auth import AuthorizationCodeResult

# The local gateway accepts this name of the API, too.
HOST = "a1b2c3.execute-api.eu-central-1.amazonaws.com"
QUESTION: Any = [{"role": "user", "content": "What is a stream?"}]

# Speaks OpenAI's format, in the manner that the path asks for.
TROUBLED = """
import json
import time

from streaming_construct.runtime import HttpResponse


def chunk(text):
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    kind = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    return f"data: {json.dumps({**kind, 'choices': [choice]})}\\n\\n"


def handler(event, context):
    manner = event["path"].split("/")[1]
    if manner == "slow":
        time.sleep(3)
        return
    yield HttpResponse(200, {"content-type": "text/event-stream"})
    yield chunk("one")
    if manner == "failing":
        yield 'data: {"error": {"message": "the model is gone"}}\\n\\n'
    if manner == "dying":
        raise RuntimeError("the model is gone")
    if manner == "silent":
        for _ in range(8):
            time.sleep(0.3)
            yield ": still here\\n\\n"
        yield chunk("two")
        time.sleep(4)
    yield "data: [DONE]\\n\\n"
"""


def file_name(block: str) -> str | None:
    """Return the name of the file in a code block; None for other blocks."""
    comment = re.match(r"# (\S+\.(?:py|txt))\n", block)
    return comment[1] if comment else None


IMPORTS, *RECIPES = [e for e in list_examples("cookbook") if file_name(e.parsed) is None]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the page."""
    folder = tmp_path_factory.mktemp("recipes")
    for block in (*list_blocks(PAGE, "python"), *list_blocks(PAGE, "text")):
        if name := file_name(block):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(block)
    # Fifteen seconds are too long for a test: the same app with pings that are quick.
    app = folder / "events" / "app.py"
    assert "ping=15" in app.read_text()
    app.write_text(app.read_text().replace("ping=15", "ping=0.2"))
    return folder


@pytest.fixture(scope="module")
def assembly(folder: Path) -> Path:
    """All recipes, synthesized: one stack for each recipe."""
    app = App(analytics_reporting=False, builtin_cloud_formation_validation=False)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(folder)
        for recipe in RECIPES:
            name = recipe.parsed.partition(" = ")[0].capitalize()
            run_example(recipe, run_example(IMPORTS, {"self": Stack(app, name)}))
        server = 'PythonWebFunction(self, "Report", entry="report")'
        handler = 'PythonStreamingFunction(self, "Report", entry="report", handler="app:app")'
        assert server in RECIPES[-1].parsed
        names = run_example(IMPORTS, {"self": Stack(app, "Native")})
        run_example(RECIPES[-1], names, {server: handler})
        return Path(app.synth().directory)


@pytest.fixture(scope="module")
def served(assembly: Path) -> Iterator[Callable[[str], LocalApi]]:
    """Serves the stack of a recipe as it is deployed. Each stack starts once."""
    options = GatewayOptions(hosts=(HOST,))
    with ExitStack() as running:
        apis: dict[str, LocalApi] = {}

        def serve(stack: str) -> LocalApi:
            if stack not in apis:
                api = LocalApi.from_assembly(assembly, stack, options=options)
                apis[stack] = running.enter_context(api)
            return apis[stack]

        yield serve


@pytest.fixture(scope="module")
def failing_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalApi]:
    """An API with a model that is slow, fails or falls silent."""
    folder = tmp_path_factory.mktemp("troubled")
    (folder / "index.py").write_text(TROUBLED)
    stack = new_stack()
    function = PythonStreamingFunction(stack, "Function", entry=folder, handler="index.handler")
    StreamingRestApi(stack, "Api", handler=function)
    app = stack.node.root
    assert isinstance(app, App)
    with LocalApi.from_assembly(app.synth().directory) as api:
        # The timeouts of the tests do not include the start of the function.
        assert httpx.post(api.url_for_path("/quick"), timeout=60).status_code == 200
        yield api


class TimedOutput(io.StringIO):
    """The output of a script, with the time of each flush."""

    def __init__(self) -> None:
        super().__init__()
        self.chunks: list[str] = []
        self.moments: list[float] = []

    def flush(self) -> None:
        if text := self.getvalue():
            self.chunks.append(text)
            self.moments.append(time.monotonic())
            self.seek(0)
            self.truncate()


def run_script(
    folder: Path, script: str, *arguments: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[str], list[float]]:
    """Run a client of the page in this process; return its output with times. A separate process
    would import the SDK again, which takes seconds.

    A separate process would import the SDK again, which takes seconds.
    """
    printed = TimedOutput()
    with monkeypatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("NO_PROXY", "*")
        patch.setattr(sys, "argv", [script, *arguments])
        patch.setattr(sys, "stdout", printed)
        runpy.run_path(str(folder / script), run_name="__main__")
    printed.flush()
    return printed.chunks, printed.moments


def run(folder: Path, *command: str) -> tuple[list[str], list[float]]:
    """Run a client of this repository until it exits with 0; return its output with times."""
    chunks: list[str] = []
    moments: list[float] = []
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=folder,
        # Unbuffered, `print` would write the end of a line on its own.
        env={**os.environ, "NO_PROXY": "*", "PYTHONUNBUFFERED": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        giving_up = threading.Timer(60, child.kill)
        giving_up.start()
        assert child.stdout
        assert child.stderr
        while chunk := os.read(child.stdout.fileno(), 65536):
            chunks.append(chunk.decode())
            moments.append(time.monotonic())
        errors = child.stderr.read().decode()
        giving_up.cancel()
    assert (child.returncode, errors) == (0, "")
    return chunks, moments


def gaps(moments: Sequence[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(moments)]


def openai_client(api: LocalApi, manner: str = "", **options: Any) -> openai.OpenAI:
    import openai  # it takes a second, which the collection of other tests need not wait for

    return openai.OpenAI(
        base_url=api.url_for_path(f"{manner}/v1"), api_key="none", **{"max_retries": 0, **options}
    )


def test_openais_sdk_prints_words_as_they_arrive(
    folder: Path, sample: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It prints each word, then their number."""
    chunks, moments = run_script(
        folder, "ask.py", sample.url_for_path("/"), monkeypatch=monkeypatch
    )

    *words, usage = "".join(chunks).splitlines()
    assert " ".join(words).startswith("I am a Markov chain, not a language model")
    tokens = len(" ".join(words).split())
    assert usage == f"{tokens} tokens"
    assert len(moments) > tokens / 2
    assert moments[-1] - moments[0] > tokens * 0.03 / 2  # the sample's pace


def test_openais_sdk_gets_a_complete_response_too(sample: LocalApi) -> None:
    """Without `stream` the same route sends one document, with usage and stop reason."""
    response = openai_client(sample).chat.completions.create(
        model="markov-chain", messages=QUESTION, max_tokens=5
    )

    assert response.choices[0].message.content == "I am a Markov chain,"
    assert response.choices[0].finish_reason == "length"
    assert response.usage
    assert (response.usage.prompt_tokens, response.usage.completion_tokens) == (4, 5)


def test_openais_sdk_sees_the_arguments_of_a_tool_arrive(
    folder: Path, sample: LocalApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK joins the parts."""
    chunks, moments = run_script(
        folder, "weather.py", sample.url_for_path("/"), monkeypatch=monkeypatch
    )

    *deltas, call = "".join(chunks).splitlines()
    assert "".join(deltas) == '{"place": "Thessaloniki"}'
    assert call == 'get_weather {"place": "Thessaloniki"}'
    assert len(moments) >= 3
    assert moments[-1] - moments[0] > 0.03


def test_openais_sdk_raises_exceptions_for_errors(sample: LocalApi) -> None:
    """They name the field with the invalid value."""
    import openai

    chat = openai_client(sample).chat.completions
    with pytest.raises(openai.NotFoundError) as unknown:
        chat.create(model="another", messages=QUESTION, stream=True)
    with pytest.raises(openai.BadRequestError) as bad:
        chat.create(model="markov-chain", messages=QUESTION, temperature=5, stream=True)

    assert (unknown.value.code, unknown.value.param) == ("model_not_found", "model")
    assert bad.value.param == "temperature"


@pytest.mark.parametrize(
    ("manner", "error", "words"),
    [
        ("failing", "APIError", "the model is gone"),
        ("dying", "APIConnectionError", "Connection error"),
    ],
)
def test_openais_sdk_raises_an_exception_for_an_error_in_the_stream(
    manner: str, error: str, words: str, failing_api: LocalApi
) -> None:
    """The error is in the stream or truncates it. The chunks before it arrive."""
    import openai

    chunks = openai_client(failing_api, manner).chat.completions.create(
        model="m", messages=QUESTION, stream=True
    )

    assert next(chunks).choices[0].delta.content == "one"
    with pytest.raises(getattr(openai, error), match=words):
        next(chunks)


def test_openais_sdk_times_out_in_silence_but_not_during_heartbeats(failing_api: LocalApi) -> None:
    """Comments extend a read beyond its timeout. Without bytes, it times out."""
    import openai

    chunks = openai_client(failing_api, "silent", timeout=1.5).chat.completions.create(
        model="m", messages=QUESTION, stream=True
    )

    assert next(chunks).choices[0].delta.content == "one"
    began = time.monotonic()
    assert next(chunks).choices[0].delta.content == "two"
    assert time.monotonic() - began > 1.8
    with pytest.raises(openai.APITimeoutError):
        next(chunks)


def test_openais_sdk_times_out_before_the_first_byte(failing_api: LocalApi) -> None:
    """The timeout is an option of the client."""
    import openai

    client = openai_client(failing_api, "slow", timeout=0.5)
    with pytest.raises(openai.APITimeoutError):
        client.chat.completions.create(model="m", messages=QUESTION, stream=True)


def test_openais_sdk_repeats_a_request_that_fails_before_the_stream() -> None:
    """It retries twice, or never with `max_retries=0`."""
    import openai

    busy = ScriptedResponse([b"{}"], status=503, content_type="application/json")
    cases: list[tuple[dict[str, Any], int]] = [({}, 3), ({"max_retries": 0}, 1)]
    for retries, requests in cases:
        with serve_responses(busy, busy, busy) as server:
            client = openai.OpenAI(base_url=server.url, api_key="none", **retries)
            with pytest.raises(openai.InternalServerError):
                client.chat.completions.create(model="m", messages=QUESTION, stream=True)

        assert len(server.requests) == requests


def test_an_mcp_client_receives_progress_while_the_tool_runs(
    folder: Path, served: Callable[[str], LocalApi], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The notifications arrive one by one, and the result arrives last."""
    url = served("Tools").url_for_path("/")
    chunks, moments = run_script(folder, "call.py", url, monkeypatch=monkeypatch)

    progress = [f"{number} of 4: counted {number}" for number in range(1, 5)]
    assert "".join(chunks).splitlines() == [*progress, "counted to 4"]
    assert len(moments) >= 4
    assert median(gaps(moments)) > 0.2


def test_an_mcp_client_of_the_older_protocol_receives_progress(
    folder: Path, served: Callable[[str], LocalApi], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The older protocol has a handshake, although there are no sessions."""
    older = (folder / "call.py").read_text().replace('mcp")', 'mcp", mode="legacy")')
    assert "legacy" in older
    (folder / "older.py").write_text(older)
    url = served("Tools").url_for_path("/")
    chunks, moments = run_script(folder, "older.py", url, monkeypatch=monkeypatch)

    assert "".join(chunks).splitlines()[-1] == "counted to 4"
    assert len(moments) >= 4
    assert median(gaps(moments)) > 0.2


def redirect_to_loopback(servers: dict[str, str], requests: list[str]) -> httpx2.AsyncBaseTransport:
    """Send the requests to each host to the loopback server that stands for it, and record them."""
    import httpx2

    # A client closes its transport; the other one goes on with this one.
    transport = httpx2.AsyncHTTPTransport()

    class Loopback(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            requests.append(f"{request.method} {request.url.copy_with(query=None)}")
            server = httpx2.URL(servers[request.url.host])
            # The Host header keeps the name of the host.
            httpx2_request = httpx2.Request(
                request.method,
                request.url.copy_with(scheme="http", host=server.host, port=server.port),
                headers=request.headers,
                stream=request.stream,
                extensions=request.extensions,
            )
            return await transport.handle_async_request(httpx2_request)

    return Loopback()


@pytest.mark.anyio
async def test_an_mcp_client_signs_in_and_receives_progress(folder: Path, assembly: Path) -> None:
    """It goes from the 401 response to the metadata, the sign-in, the token and the stream."""
    import httpx2
    from mcp.client.auth import AuthorizationCodeResult

    from tests.support.openid_provider import openid_provider

    names: dict[str, Any] = {}
    exec((folder / "signed.py").read_text(), names)
    redirects: list[httpx2.URL] = []
    moments: list[float] = []

    async def show_progress(*_: object) -> None:
        moments.append(time.monotonic())

    async def sign_in(transport: httpx2.AsyncBaseTransport) -> str:
        async def show_page(url: str) -> None:
            async with httpx2.AsyncClient(transport=transport) as browser:
                redirects.append(httpx2.URL((await browser.get(url)).headers["location"]))

        async def wait_for_redirect() -> AuthorizationCodeResult:
            parameters = redirects[-1].params
            return AuthorizationCodeResult(code=parameters["code"], state=parameters["state"])

        result: str = await names["call"](
            "https://tools.example.com/mcp",
            show_page,
            wait_for_redirect,
            show_progress,
            transport=transport,
            timeout=60,
        )
        return result

    with openid_provider("https://id.example.com") as provider:
        options = GatewayOptions(
            base_path="", hosts=("tools.example.com",), issuers={provider.issuer: provider.url}
        )
        with LocalApi.from_assembly(assembly, "Signed", options=options) as api:
            servers = {"tools.example.com": api.url_for_path("/"), "id.example.com": provider.url}
            requests: list[str] = []
            result = await sign_in(redirect_to_loopback(servers, requests))

    assert result == "counted to 4"
    assert provider.grants == [("https://tools.example.com/mcp", "tools/call")]
    metadata = "https://tools.example.com/.well-known/oauth-protected-resource/mcp"
    assert f"GET {metadata}" in requests
    assert len(moments) == 4
    assert median(gaps(moments)) > 0.2


def test_an_mcp_server_accepts_its_host_name_and_only_post(
    served: Callable[[str], LocalApi],
) -> None:
    """It sends no 421 for a host other than localhost. A GET would occupy the function."""
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accepts = {"Accept": "application/json, text/event-stream"}
    url = served("Tools").url_for_path("/mcp")
    listed = httpx.post(url, json=call, headers={**accepts, "Host": HOST}, timeout=60)
    response = httpx.get(url, headers=accepts, timeout=60)

    assert (listed.status_code, '"count"' in listed.text) == (200, True)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


def test_sse_starlette_streams_events_and_pings(served: Callable[[str], LocalApi]) -> None:
    """Events are half a second apart, with comments between them."""
    url = served("Events").url_for_path("/events")
    ids, moments = [], []
    with httpx.Client(timeout=60) as client, connect_sse(client, "GET", url) as source:
        for event in source.iter_sse():
            if event.data:  # httpx-sse makes an event of a comment, too
                moments.append(time.monotonic())
                ids.append(event.id if event.data != "[DONE]" else event.data)
    with httpx.stream("GET", url, timeout=60) as response:
        arrived = [(time.monotonic(), line) for line in response.iter_lines()]

    assert ids == [*"12345", "[DONE]"]
    assert median(gaps(moments)) > 0.25
    pings = [moment for moment, line in arrived if line.startswith(": ping")]
    assert len(pings) >= 6
    assert pings[-1] - pings[0] > 1


def test_the_events_client_reads_sse_starlette(served: Callable[[str], LocalApi]) -> None:
    """`clients/events_httpx.py` runs unchanged; after a reconnection it receives the other
    events."""
    chunks, _ = run(ROOT, "clients/events_httpx.py", served("Events").url_for_path("/"))
    resumed = httpx.get(
        served("Events").url_for_path("/events"), headers={"Last-Event-ID": "4"}, timeout=60
    )

    assert "".join(chunks).splitlines() == [f"{n} number {n}" for n in range(1, 6)]
    assert re.findall(r"^id: (\d)", resumed.text, re.MULTILINE) == ["5"]


@pytest.mark.parametrize("stack", ["Report", "Native"])
def test_a_flask_generator_streams(stack: str, served: Callable[[str], LocalApi]) -> None:
    """Behind gunicorn and on the runtime of this library; `request` is available in the stream."""
    rows, moments = [], []
    with httpx.stream("GET", served(stack).url_for_path("/rows?of=sales"), timeout=60) as response:
        for line in response.iter_lines():
            rows.append(json.loads(line))
            moments.append(time.monotonic())

    assert response.headers["content-type"] == "application/x-ndjson"
    assert rows == [*({"row": n, "of": "sales"} for n in range(1, 6)), {"end": {"rows": 5}}]
    assert median(gaps(moments)) > 0.2
