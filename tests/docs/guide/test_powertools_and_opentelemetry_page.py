"""The examples of docs/powertools-and-opentelemetry.md run on the runtime."""

from __future__ import annotations

import gzip
import http.server
import json
import threading
from typing import TYPE_CHECKING

import pytest

from tests.docs.code_blocks import list_blocks
from tests.docs.examples import list_examples, run_example
from tests.docs.pages import ROOT, read_page
from tests.runtime.events import rest_event
from tests.support.synthesis import only, synthesize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.runtime.conftest import Function

pytestmark = pytest.mark.recipe

POWERTOOLS, WEB_APP, OPENTELEMETRY, SENTRY, SENTRY_WEB_APP, _ = list_blocks(
    read_page("powertools-and-opentelemetry"), "python"
)
# The same handler with the integration of Lambda, which does nothing. Without the option, Sentry
# imports each framework of the environment, which takes seconds.
SENTRY_INTEGRATION = (
    SENTRY.replace(
        "serverless import serverless_function", "aws_lambda import AwsLambdaIntegration"
    )
    .replace(
        "init()", "init(integrations=[AwsLambdaIntegration()], auto_enabling_integrations=False)"
    )
    .replace("@serverless_function\n", "")
)
WORDS = b"one two three"


@pytest.fixture
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """The address of a collector on loopback, and the bodies that it received."""
    received: list[bytes] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", received
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(("source", "handler"), [(POWERTOOLS, "handler"), (WEB_APP, "app")])
def test_powertools_publishes_the_metrics_of_the_stream(
    function: Function, source: str, handler: str
) -> None:
    """One metric record with the three words, in this invocation."""
    function.start(source, handler=f"app:{handler}")

    response = function.call(rest_event(path="/words"))

    assert response.payload == WORDS
    function.wait_for_log('"Words":[1.0,1.0,1.0]')


def test_opentelemetry_exports_the_span_of_the_stream(
    function: Function, collector: tuple[str, list[bytes]]
) -> None:
    """The span is at the collector before the runtime takes the next event."""
    address, received = collector
    function.start(OPENTELEMETRY, handler="app:app", OTEL_EXPORTER_OTLP_ENDPOINT=address)

    assert function.call(rest_event(path="/words")).payload == WORDS
    assert function.call(rest_event(path="/words")).payload == WORDS

    assert b"GET /words" in received[0]


@pytest.mark.parametrize(
    ("source", "handler", "errors"),
    [
        (SENTRY, "handler", ["ValueError"]),
        (SENTRY_WEB_APP, "app", ["ValueError"]),
        (SENTRY_INTEGRATION, "handler", []),
    ],
    ids=["handler", "web app", "integration of Lambda"],
)
def test_sentry_receives_the_exception_of_a_stream_before_the_invocation_ends(
    function: Function,
    collector: tuple[str, list[bytes]],
    source: str,
    handler: str,
    errors: list[str],
) -> None:
    """The first chunk is sent by then. Sentry's own integration of Lambda sends nothing."""
    address, received = collector
    dsn = address.replace("http://", "http://key@") + "/1"
    function.start(source, handler=f"app:{handler}", SENTRY_DSN=dsn)

    response = function.call(rest_event(path="/words"))

    assert response.payload == b"one "
    assert response.trailers["lambda-runtime-function-error-type"] == "ValueError"
    assert [error for body in received for error in read_exception_types(body)] == errors


def read_exception_types(envelope: bytes) -> list[str]:
    """Return the types of the exceptions in an envelope of Sentry.

    https://develop.sentry.dev/sdk/foundations/data-model/envelopes/
    """
    items = [json.loads(line) for line in gzip.decompress(envelope).splitlines() if line]
    exceptions = [item["exception"]["values"] for item in items if "exception" in item]
    return [value["type"] for values in exceptions for value in values]


def test_the_wrapper_of_the_adot_layer_starts_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function has the layer of the wrapper."""
    monkeypatch.chdir(ROOT)
    *_, example = list_examples("powertools-and-opentelemetry")
    stack = run_example(example)["stack"]

    function = only(synthesize(stack), "AWS::Lambda::Function")
    assert function["Environment"]["Variables"]["STREAMING_EXEC_WRAPPER"] == "/opt/otel-instrument"
    assert function["Layers"]
