"""The Python blocks on the pages of the guide run unchanged."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_cognito as cognito
from httpx_sse import EventSource

from streaming_construct import Authorizer, PythonStreamingFunction, StreamingRestApi
from tests.docs.examples import list_examples, run_example
from tests.docs.pages import ROOT
from tests.support.synthesis import Template, integration, only, synthesize


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Examples run in a folder that contains the functions of the sample."""
    (tmp_path / "lambda_src").symlink_to(ROOT / "lambda_src")
    monkeypatch.chdir(tmp_path)


def synthesize_only_example(name: str) -> Template:
    (example,) = list_examples(name)
    stack = run_example(example)["stack"]
    assert isinstance(stack, Stack)
    return synthesize(stack)


def test_routes_have_the_timeouts_of_the_page() -> None:
    """One route has the timeout of the function, the other names its own."""
    template = synthesize_only_example("timeouts")

    assert integration(template, "/{proxy+}")["timeoutInMillis"] == 600_000
    assert integration(template, "/short", "GET")["timeoutInMillis"] == 120_000


def test_the_secured_api_has_every_protection_of_the_page() -> None:
    """The template has authorizer, throttle, web ACL and reserved concurrency."""
    template = synthesize_only_example("security")

    body = only(template, "AWS::ApiGateway::RestApi")["Body"]
    assert body["paths"]["/{proxy+}"]["x-amazon-apigateway-any-method"]["security"]
    assert only(template, "AWS::WAFv2::WebACL")["Rules"]
    (settings,) = only(template, "AWS::ApiGateway::Stage")["MethodSettings"]
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (20, 40)
    assert only(template, "AWS::Lambda::Function")["ReservedConcurrentExecutions"] == 100


def test_a_padded_event_has_the_size_of_the_page_and_the_same_data() -> None:
    """A client that others wrote ignores the comment."""
    names = run_example(list_examples("chunk-sizes")[0])
    event = b"data: hello\n\n"

    padded = names["padded"](event, 4096)

    assert len(padded) == 4096
    assert events(padded) == events(event) == ["hello"]
    assert events(names["padded"](event, 1)) == events(event)


def events(stream: bytes) -> list[str]:
    head = {"content-type": "text/event-stream"}
    response = httpx.Response(200, headers=head, content=stream)
    return [event.data for event in EventSource(response).iter_sse()]


def test_the_gateway_is_a_context_manager_that_signs_tokens(tmp_path: Path) -> None:
    """The block of the local gateway's page runs with an API that requires a token."""
    (tmp_path / "chat").mkdir()
    (tmp_path / "chat" / "index.py").write_text("def handler(event, context):\n    yield 'hello'\n")
    app = App(outdir=str(tmp_path / "cdk.out"), builtin_cloud_formation_validation=False)
    stack = Stack(app, "Chat")
    chat = PythonStreamingFunction(stack, "Function", entry="chat", handler="index.handler")
    users = Authorizer.cognito(cognito.UserPool(stack, "Users"))
    StreamingRestApi(stack, "Api", handler=chat, authorizer=users)
    app.synth()

    names = run_example(list_examples("local-gateway")[0], {"httpx": httpx})

    assert (names["response"].status_code, names["response"].text) == (200, "hello")
