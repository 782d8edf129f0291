"""The Python blocks on the pages of the guide run unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_cognito as cognito
from httpx_sse import EventSource

from streaming_construct import Authorizer, PythonStreamingFunction, StreamingRestApi
from tests.docs.pages import ROOT, blocks, page
from tests.support.synthesis import Template, integration, only, synthesize


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Examples run in a folder that contains the functions of the sample."""
    (tmp_path / "lambda_src").symlink_to(ROOT / "lambda_src")
    monkeypatch.chdir(tmp_path)


def synthesize_block(code: str) -> Template:
    names: dict[str, Any] = {}
    exec(code, names)
    stack = names["stack"]
    assert isinstance(stack, Stack)
    return synthesize(stack)


def test_routes_have_the_timeouts_of_the_page() -> None:
    """One route has the timeout of the function, the other names its own."""
    (code,) = blocks(page("timeouts"), "python")
    template = synthesize_block(code)

    assert integration(template, "/{proxy+}")["timeoutInMillis"] == 600_000
    assert integration(template, "/short", "GET")["timeoutInMillis"] == 120_000


def test_the_secured_api_has_every_protection_of_the_page() -> None:
    """The template has authorizer, throttle, web ACL and reserved concurrency."""
    (code,) = blocks(page("security"), "python")
    template = synthesize_block(code)

    body = only(template, "AWS::ApiGateway::RestApi")["Body"]
    assert body["paths"]["/{proxy+}"]["x-amazon-apigateway-any-method"]["security"]
    assert only(template, "AWS::WAFv2::WebACL")["Rules"]
    (settings,) = only(template, "AWS::ApiGateway::Stage")["MethodSettings"]
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (20, 40)
    assert only(template, "AWS::Lambda::Function")["ReservedConcurrentExecutions"] == 100


def test_a_padded_event_has_the_size_of_the_page_and_the_same_data() -> None:
    """A client that others wrote ignores the comment."""
    names: dict[str, Any] = {}
    exec(blocks(page("chunk-sizes"), "python")[0], names)
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
    names: dict[str, Any] = {"httpx": httpx}

    exec(blocks(page("local-gateway"), "python")[0], names)

    assert (names["response"].status_code, names["response"].text) == (200, "hello")
