"""The chat with Amazon Bedrock: the real boto3, and a server with the protocol of Bedrock."""

import itertools
import json
import sys
from collections.abc import Callable, Iterator
from threading import Semaphore
from types import ModuleType
from typing import Any

import httpx
import pytest
from botocore.eventstream import EventStreamBuffer
from fastapi.testclient import TestClient

from tests.sample.event_stream import Bedrock, bedrock_server, event, exception
from tests.sample.web_server import app_server

MODEL = "us.amazon.nova-micro-v1:0"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_MAX_ATTEMPTS": "1",
}
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


@pytest.fixture
def bedrock() -> Iterator[Bedrock]:
    with bedrock_server() as running:
        running.parts = text_events("Hello", " there")
        yield running


@pytest.fixture
def client(
    web_module: Callable[[str], ModuleType], bedrock: Bedrock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestClient]:
    # The app reads its variables with each request: all tests can share its modules, except for
    # the client of boto3, which the app keeps.
    app, module = web_module("app").app, web_module("chat.bedrock")
    module._create_client.cache_clear()
    for name, value in environment(bedrock).items():
        monkeypatch.setenv(name, value)
    yield TestClient(app)
    module._create_client.cache_clear()


def environment(bedrock: Bedrock) -> dict[str, str]:
    """Return the variables of boto3 for the server; the app has no setting for it."""
    return {
        **CREDENTIALS,
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock.url,
        "BEDROCK_MODEL_ID": MODEL,
    }


def text_events(*texts: str, reason: str = "end_turn") -> list[bytes]:
    deltas = [
        event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": text}})
        for text in texts
    ]
    return [event("messageStart", {"role": "assistant"}), *deltas, *end_events(reason)]


def end_events(reason: str) -> list[bytes]:
    usage = {"inputTokens": 7, "outputTokens": 2, "totalTokens": 9}
    return [
        event("contentBlockStop", {"contentBlockIndex": 0}),
        event("messageStop", {"stopReason": reason}),
        event("metadata", {"usage": usage, "metrics": {"latencyMs": 5}}),
    ]


def post_chat(client: TestClient, **more: Any) -> Any:
    messages = [{"role": "user", "content": "Hi"}]
    return client.post("/v1/chat/completions", json={"model": MODEL, "messages": messages, **more})


def chunks(text: str) -> list[dict[str, Any]]:
    datas = [block.removeprefix("data: ") for block in text.removesuffix("\n\n").split("\n\n")]
    return [json.loads(data) for data in datas if data != "[DONE]"]


def test_the_encoding_is_the_one_that_botocore_reads() -> None:
    """The decoder of botocore reads it, checksums included."""
    buffer = EventStreamBuffer()
    buffer.add_data(event("messageStop", {"stopReason": "end_turn"}))

    (message,) = buffer
    assert message.headers[":event-type"] == "messageStop"
    assert json.loads(message.payload) == {"stopReason": "end_turn"}


def test_only_the_configured_model_exists(client: TestClient, bedrock: Bedrock) -> None:
    """The app lists it. A request for another model fails before the app calls Bedrock."""
    (model,) = client.get("/v1/models").json()["data"]

    assert (model["id"], model["owned_by"]) == (MODEL, "amazon-bedrock")
    assert post_chat(client, model="markov-chain").status_code == 404
    assert bedrock.requests == []


def test_text_usage_and_reason_are_passed_on(client: TestClient) -> None:
    """Each delta is a chunk; the usage is that of Bedrock."""
    response = post_chat(client, stream=True, stream_options={"include_usage": True})

    *deltas, usage = chunks(response.text)
    assert [chunk["choices"][0]["delta"].get("content") for chunk in deltas] == [
        "",
        "Hello",
        " there",
        None,
    ]
    assert deltas[-1]["choices"][0]["finish_reason"] == "stop"
    assert usage["usage"] == {
        "prompt_tokens": 7,
        "completion_tokens": 2,
        "total_tokens": 9,
        "prompt_tokens_details": {"cached_tokens": 0},
    }
    assert response.text.endswith("data: [DONE]\n\n")


def test_a_complete_response_has_the_same_content(client: TestClient) -> None:
    """The app collects it from the stream, so that one permission is enough."""
    response = post_chat(client).json()

    assert response["model"] == MODEL
    assert response["choices"][0]["message"]["content"] == "Hello there"
    assert response["usage"]["total_tokens"] == 9


def test_cached_tokens_count_as_prompt_tokens(client: TestClient, bedrock: Bedrock) -> None:
    """Bedrock counts them separately, OpenAI does not."""
    usage = {"inputTokens": 7, "outputTokens": 2, "totalTokens": 49}
    cached = {"cacheReadInputTokens": 30, "cacheWriteInputTokens": 10}
    bedrock.parts = [*text_events("Hello")[:-1], event("metadata", {"usage": {**usage, **cached}})]

    assert post_chat(client).json()["usage"] == {
        "prompt_tokens": 47,
        "completion_tokens": 2,
        "total_tokens": 49,
        "prompt_tokens_details": {"cached_tokens": 30},
    }


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_calls"),
        ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"),
        ("something_new", "stop"),
    ],
)
def test_stop_reasons_are_translated(
    client: TestClient, bedrock: Bedrock, theirs: str, ours: str
) -> None:
    """All reasons that Bedrock documents, and one that it may add."""
    bedrock.parts = text_events("x", reason=theirs)

    assert post_chat(client).json()["choices"][0]["finish_reason"] == ours


def test_a_tool_call_is_passed_on_in_chunks(client: TestClient, bedrock: Bedrock) -> None:
    """Bedrock numbers text and calls together, OpenAI numbers only the calls."""
    delta = "contentBlockDelta"
    bedrock.parts = [
        event(delta, {"contentBlockIndex": 0, "delta": {"text": "Let me see"}}),
        *tool_call_events(1, "call_a", '{"city":', ' "Oslo"}'),
        *tool_call_events(2, "call_b", '{"city": "Riga"}'),
        *end_events("tool_use"),
    ]

    deltas = chunks(post_chat(client, stream=True, tools=[TOOL]).text)
    choice = post_chat(client, tools=[TOOL]).json()["choices"][0]

    calls = [c for chunk in deltas for c in chunk["choices"][0]["delta"].get("tool_calls", [])]
    assert [(call["index"], call.get("id")) for call in calls] == [
        (0, "call_a"),
        (0, None),
        (0, None),
        (1, "call_b"),
        (1, None),
    ]
    assert "".join(c["function"]["arguments"] for c in calls[:3]) == '{"city": "Oslo"}'
    assert deltas[-1]["choices"][0]["finish_reason"] == "tool_calls"
    assert [call["function"] for call in choice["message"]["tool_calls"]] == [
        {"name": "get_weather", "arguments": '{"city": "Oslo"}'},
        {"name": "get_weather", "arguments": '{"city": "Riga"}'},
    ]
    assert choice["message"]["content"] == "Let me see"


def tool_call_events(index: int, call_id: str, *arguments: str) -> list[bytes]:
    start = {"toolUse": {"toolUseId": call_id, "name": "get_weather"}}
    return [
        event("contentBlockStart", {"contentBlockIndex": index, "start": start}),
        *(
            event(
                "contentBlockDelta",
                {"contentBlockIndex": index, "delta": {"toolUse": {"input": chunk}}},
            )
            for chunk in arguments
        ),
        event("contentBlockStop", {"contentBlockIndex": index}),
    ]


def test_reasoning_is_left_out(client: TestClient, bedrock: Bedrock) -> None:
    """The format has no field for it, and it is not part of the response."""
    thought = {"contentBlockIndex": 0, "delta": {"reasoningContent": {"text": "hm"}}}
    bedrock.parts = [event("contentBlockDelta", thought), *text_events("yes")]

    assert post_chat(client).json()["choices"][0]["message"]["content"] == "yes"


def test_a_conversation_is_translated(client: TestClient, bedrock: Bedrock) -> None:
    """Roles alternate, instructions are separate, tools have their results, limits have their
    names."""
    call = {
        "id": "call_a",
        "type": "function",
        "function": {"name": "get_weather", "arguments": '{"city": "Oslo"}'},
    }
    post_chat(
        client,
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
            {"role": "user", "content": "Weather?"},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_a", "content": "rain"},
        ],
        tools=[TOOL],
        tool_choice="required",
        max_tokens=50,
        temperature=0.5,
        top_p=0.9,
        stop="END",
    )

    (request,) = bedrock.requests
    assert request["path"] == f"/model/{MODEL}/converse-stream"
    assert request["signed"]
    assert request["system"] == [{"text": "Be brief."}]
    tool_use = {"toolUseId": "call_a", "name": "get_weather", "input": {"city": "Oslo"}}
    result = {"toolUseId": "call_a", "content": [{"text": "rain"}]}
    assert request["messages"] == [
        {"role": "user", "content": [{"text": "Hi"}, {"text": "Weather?"}]},
        {"role": "assistant", "content": [{"toolUse": tool_use}]},
        {"role": "user", "content": [{"toolResult": result}]},
    ]
    bounds = {"maxTokens": 50, "temperature": 0.5, "topP": 0.9, "stopSequences": ["END"]}
    assert request["inferenceConfig"] == bounds
    (tool,) = request["toolConfig"]["tools"]
    assert tool["toolSpec"]["name"] == "get_weather"
    assert tool["toolSpec"]["inputSchema"]["json"] == TOOL["function"]["parameters"]  # type: ignore[index] # a dict of several kinds
    assert request["toolConfig"]["toolChoice"] == {"any": {}}


def test_missing_parameters_are_not_sent(client: TestClient, bedrock: Bedrock) -> None:
    """The defaults of Bedrock apply."""
    post_chat(client)

    assert set(bedrock.requests[0]) == {"path", "signed", "messages"}


@pytest.mark.parametrize(
    ("status", "kind", "ours", "type_"),
    [
        (400, "ValidationException", 400, "invalid_request_error"),
        (429, "ThrottlingException", 429, "rate_limit_error"),
        (403, "AccessDeniedException", 502, "server_error"),
        (503, "ServiceUnavailableException", 503, "server_error"),
        (408, "ModelTimeoutException", 504, "server_error"),
    ],
)
@pytest.mark.parametrize("streams", [False, True])
def test_a_rejected_request_has_an_error_status(
    client: TestClient,
    bedrock: Bedrock,
    status: int,
    kind: str,
    ours: int,
    type_: str,
    *,
    streams: bool,
) -> None:
    """The response has not begun, so the status shows the error, streamed or not."""
    bedrock.status, bedrock.kind = status, kind

    response = post_chat(client, stream=streams)

    error = response.json()["error"]
    assert (response.status_code, error["type"], error["code"]) == (ours, type_, kind)
    assert error["message"] == "Bedrock: Bedrock says no"


def test_a_request_that_boto3_rejects_is_a_400(client: TestClient, bedrock: Bedrock) -> None:
    """The result of a tool belongs to no call: the app sends 400, not 502, without calling
    Bedrock."""
    response = post_chat(client, messages=[{"role": "tool", "content": "rain"}])

    assert (response.status_code, response.json()["error"]["type"]) == (
        400,
        "invalid_request_error",
    )
    assert "toolUseId" in response.json()["error"]["message"]
    assert bedrock.requests == []


def test_a_bedrock_that_cannot_be_reached_is_a_502(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error has the format of OpenAI, like any other."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://127.0.0.1:9")

    response = post_chat(client)

    assert (response.status_code, response.json()["error"]["type"]) == (502, "server_error")


def test_a_missing_boto3_is_named(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the app runs outside of Lambda, the error names what to install."""
    monkeypatch.setitem(sys.modules, "boto3", None)

    response = post_chat(client)

    assert response.status_code == 500
    assert "pip install boto3" in response.json()["error"]["message"]


def test_an_error_of_the_app_has_the_format_of_openai(
    client: TestClient,
    bedrock: Bedrock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Clients get a readable 500, the log gets the cause."""
    bedrock.parts = [event("metadata", {"usage": {}})]

    response = post_chat(client)

    assert response.status_code == 500
    assert response.json()["error"]["message"] == "the request failed"
    assert "KeyError" in caplog.text


@pytest.mark.parametrize(
    ("last", "is_complete", "words"),
    [
        (exception("throttlingException", "too many tokens"), True, "Bedrock: too many tokens"),
        (exception("modelStreamErrorException", "oops"), True, "Bedrock: oops"),
        (b"", True, "the stream ended before the completion"),
        (b"", False, "Bedrock: "),
    ],
    ids=["throttled", "failed", "ended too early", "cut"],
)
def test_a_failure_in_mid_stream_is_an_event_of_the_stream(
    client: TestClient, bedrock: Bedrock, last: bytes, *, is_complete: bool, words: str
) -> None:
    """The chunks before it have arrived. It is an error to clients, and there is no `[DONE]`."""
    bedrock.parts = [part for part in (*text_events("Hello")[:2], last) if part]
    bedrock.is_complete = is_complete

    *deltas, failure = chunks((response := post_chat(client, stream=True)).text)
    in_one_piece = post_chat(client)

    assert response.status_code == 200
    assert deltas[-1]["choices"][0]["delta"] == {"content": "Hello"}
    assert words in failure["error"]["message"]
    assert "[DONE]" not in response.text
    assert in_one_piece.status_code in (429, 502)
    assert words in in_one_piece.json()["error"]["message"]


def test_tokens_arrive_as_bedrock_sends_them(bedrock: Bedrock, client: TestClient) -> None:
    """Each token arrives before Bedrock sends the next, while the app responds to other requests.

    A client that disconnects ends the stream from Bedrock, so that no further tokens cost money.
    """
    bedrock.parts, bedrock.received = text_events("a", "b", "c", "d"), Semaphore(0)
    request = {"model": MODEL, "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
    statuses = []
    with app_server(client.app) as server, httpx.Client(timeout=60) as other_client:
        url = f"{server}/v1/chat/completions"
        with httpx.stream("POST", url, json=request, timeout=60) as response:
            for line in response.iter_lines():
                if '"content": "' in line and '"content": ""' not in line:
                    # Bedrock is silent: an event loop that waits for it would not respond.
                    statuses.append(other_client.get(f"{server}/ready").status_code)
                    bedrock.received.release()
        assert statuses == [204] * 4

        bedrock.received = None
        bedrock.parts, bedrock.pause = list(itertools.repeat(text_events("a")[1], 10_000)), 0.02
        with httpx.stream("POST", url, json=request, timeout=60) as response:
            chunks = response.iter_raw()  # without this name, it would end the request
            assert next(chunks)
            assert not bedrock.client_left.is_set()
        assert bedrock.client_left.wait(60)
