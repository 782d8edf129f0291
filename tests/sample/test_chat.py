"""`POST /v1/chat/completions` without a configured model: the format of OpenAI."""

import json
from collections.abc import Callable
from itertools import pairwise
from types import ModuleType
from typing import Any

import pytest
from fastapi.testclient import TestClient

from streaming_construct.probe.result import probe
from tests.sample.web_server import app_server

PICTURE = {"type": "image_url", "image_url": {"url": "https://pictures.example/1"}}
WebModule = Callable[[str], ModuleType]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city",
        "parameters": {
            "type": "object",
            "required": ["city", "days", "unit"],
            "properties": {
                "city": {"type": "string"},
                "days": {"type": "integer"},
                "unit": {"enum": ["celsius", "fahrenheit"]},
                "never": {"type": "string"},
            },
        },
    },
}


@pytest.fixture
def client(web_module: WebModule, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr(web_module("chat.markov_chain"), "PAUSE_SECONDS", 0)
    return TestClient(web_module("app").app)


def request_body(text: str = "What do streams do?", **more: object) -> dict[str, Any]:
    return {"model": "markov-chain", "messages": [{"role": "user", "content": text}], **more}


def complete(client: TestClient, **request: Any) -> dict[str, Any]:
    """Return the complete response of a chat."""
    response = client.post("/v1/chat/completions", json=request)
    assert response.status_code == 200, response.text
    completion: dict[str, Any] = response.json()
    return completion


def stream(client: TestClient, **request: Any) -> list[dict[str, Any]]:
    """Return the chunks of a stream, which must end with `[DONE]`."""
    response = client.post("/v1/chat/completions", json={**request, "stream": True})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/event-stream"
    *events, done = response.text.removesuffix("\n\n").split("\n\n")
    assert done == "data: [DONE]"
    return [json.loads(event.removeprefix("data: ")) for event in events]


def test_the_model_is_listed(client: TestClient) -> None:
    """Requests must name this model; there is no other."""
    assert [model["id"] for model in client.get("/v1/models").json()["data"]] == ["markov-chain"]


def test_the_response_states_that_no_language_model_made_it(client: TestClient) -> None:
    """A reader must not mistake the Markov chain for a language model."""
    message = complete(client, **request_body())["choices"][0]["message"]

    assert message["content"].startswith("I am a Markov chain, not a language model")


def test_words_follow_each_other_as_in_the_text(client: TestClient, web_module: WebModule) -> None:
    """The source contains every three words in a row. Sentences are complete."""
    source = web_module("chat.markov_chain").SOURCE.split()
    threes = set(zip(source, source[1:], source[2:], strict=False))

    content = complete(client, **request_body())["choices"][0]["message"]["content"]

    words = content.partition("no meaning:")[2].split()
    assert len(words) > 10
    assert set(zip(words, words[1:], words[2:], strict=False)) <= threes
    assert words[-1].endswith(".")


def test_stream_may_be_null(client: TestClient) -> None:
    """The schema of OpenAI allows it."""
    assert complete(client, **request_body(stream=None))["object"] == "chat.completion"


def test_a_seed_makes_a_response_repeatable(client: TestClient) -> None:
    """The same seed gives the same words, another seed gives others."""
    first, same, other = (
        complete(client, **request_body(seed=seed))["choices"][0]["message"] for seed in (1, 1, 2)
    )

    assert first == same != other


def test_a_stream_has_the_content_of_the_complete_response(client: TestClient) -> None:
    """Its chunks are the role, the words one by one, and the stop reason."""
    chunks = stream(client, **request_body(seed=1))
    completion = complete(client, **request_body(seed=1))

    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert len(deltas) > 20
    assert (
        "".join(d.get("content", "") for d in deltas)
        == completion["choices"][0]["message"]["content"]
    )
    assert [c["choices"][0]["finish_reason"] for c in chunks[-2:]] == [None, "stop"]
    assert len({(c["id"], c["created"], c["model"], c["object"]) for c in chunks}) == 1
    assert (chunks[0]["object"], completion["object"]) == (
        "chat.completion.chunk",
        "chat.completion",
    )
    assert completion["choices"][0]["finish_reason"] == "stop"


def test_usage_is_sent_on_request(client: TestClient) -> None:
    """A last chunk without choices has the usage of the complete response."""
    *chunks, last = stream(client, **request_body(seed=1, stream_options={"include_usage": True}))
    completion = complete(client, **request_body(seed=1))

    assert last["choices"] == []
    assert last["usage"] == completion["usage"]
    assert last["usage"]["prompt_tokens"] == 4
    assert last["usage"]["completion_tokens"] == len(chunks) - 2  # but the role and the reason
    assert last["usage"]["total_tokens"] == 4 + len(chunks) - 2
    assert not any("usage" in chunk for chunk in chunks)
    assert not any("usage" in chunk for chunk in stream(client, **request_body(seed=1)))


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_a_token_limit_is_respected_and_reported(client: TestClient, name: str) -> None:
    """The response has at most so many words; its stop reason is the length."""
    (choice,) = complete(client, **{**request_body(), name: 5})["choices"]

    assert choice["message"]["content"] == "I am a Markov chain,"
    assert choice["finish_reason"] == "length"


@pytest.mark.parametrize("stop", ["Markov", ["zebra", "a Markov"]])
def test_a_stop_text_ends_the_response_before_it(client: TestClient, stop: str | list[str]) -> None:
    """The response contains none of the stop text; its stop reason is `stop`."""
    (choice,) = complete(client, **request_body(stop=stop))["choices"]

    assert choice["message"]["content"] == "I am a"
    assert choice["finish_reason"] == "stop"


def test_a_tool_call_is_streamed_in_chunks(client: TestClient) -> None:
    """First its id and name, then the JSON of its arguments, a few characters a chunk."""
    question = "What is the weather in Oslo for 3 days, in fahrenheit?"
    chunks = stream(client, **request_body(question, tools=[WEATHER]))

    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    first, *later = [call for delta in deltas for call in delta.get("tool_calls", [])]
    assert (first["index"], first["type"]) == (0, "function")
    assert first["id"]
    assert first["function"] == {"name": "get_weather", "arguments": ""}
    assert len(later) > 3
    assert all(set(call) == {"index", "function"} for call in later)
    arguments = json.loads("".join(call["function"]["arguments"] for call in later))
    assert arguments == {"city": "Oslo", "days": 3, "unit": "fahrenheit"}
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_a_complete_tool_call(client: TestClient) -> None:
    """The response has the same call, complete, without text beside it."""
    (choice,) = complete(client, **request_body("weather in Oslo", tools=[WEATHER]))["choices"]

    (call,) = choice["message"]["tool_calls"]
    assert call["function"]["name"] == "get_weather"
    assert json.loads(call["function"]["arguments"])["city"] == "Oslo"
    assert choice["message"]["content"] is None
    assert choice["finish_reason"] == "tool_calls"


def test_the_response_to_a_tool_result_is_text(client: TestClient) -> None:
    """The conversation continues with the result of the tool."""
    question = request_body("weather in Oslo", tools=[WEATHER])
    tool_call = complete(client, **question)["choices"][0]["message"]
    result = {"role": "tool", "tool_call_id": tool_call["tool_calls"][0]["id"], "content": "rain"}
    question["messages"] += [tool_call, result]

    (choice,) = complete(client, **question)["choices"]

    assert choice["message"]["content"].startswith("The tool returned rain")
    assert choice["finish_reason"] == "stop"


@pytest.mark.parametrize(
    ("choice", "text", "calls"),
    [
        ("auto", "hello", False),
        ("none", "weather in Oslo", False),
        ("required", "hello", True),
        ({"type": "function", "function": {"name": "get_weather"}}, "hello", True),
    ],
)
def test_the_choice_of_tools_is_respected(
    client: TestClient, choice: object, text: str, *, calls: bool
) -> None:
    """The app calls a tool if the request requires it, and none if the request forbids it."""
    response = complete(client, **request_body(text, tools=[WEATHER], tool_choice=choice))

    assert ("tool_calls" in response["choices"][0]["message"]) is calls


@pytest.mark.parametrize(
    ("change", "status", "param"),
    [
        ({"model": "gpt-4o"}, 404, "model"),
        ({"messages": []}, 400, "messages"),
        ({"temperature": 3}, 400, "temperature"),
        ({"n": 2}, 400, "n"),
        ({"messages": [{"role": "wizard", "content": ""}]}, 400, "messages.0.role"),
        ({"messages": [{"role": "user", "content": [PICTURE]}]}, 400, "messages.0.content.0.type"),
        ({"response_format": {"type": "json_object"}}, 400, "response_format.type"),
        ({"stop": [1]}, 400, "stop.0"),
        ({"tool_choice": "perhaps"}, 400, "tool_choice"),
        ({"tool_choice": "required"}, 400, "tool_choice"),
        ({"tool_choice": {"type": "function", "function": {"name": "x"}}}, 400, "tool_choice"),
    ],
)
@pytest.mark.parametrize("streams", [False, True])
def test_an_invalid_request_has_an_error_in_the_format_of_openai(
    client: TestClient, change: dict[str, Any], status: int, param: str, *, streams: bool
) -> None:
    """The status shows it, streamed or not, and the body names the invalid field."""
    response = client.post("/v1/chat/completions", json={**request_body(stream=streams), **change})

    error = response.json()["error"]
    assert response.status_code == status
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["type"], error["param"]) == ("invalid_request_error", param)
    assert error["message"]


def test_all_problems_are_reported_at_once(client: TestClient) -> None:
    """One response names every invalid field of a request."""
    response = client.post("/v1/chat/completions", json={"messages": [], "temperature": 3})

    message = response.json()["error"]["message"]
    assert [name in message for name in ("model:", "messages:", "temperature:")] == [True] * 3


def test_a_body_that_is_not_json_is_rejected(client: TestClient) -> None:
    """The error has the same format, and names no field."""
    headers = {"Content-Type": "application/json"}
    response = client.post("/v1/chat/completions", content="{no", headers=headers)

    assert response.status_code == 400
    assert response.json()["error"]["param"] is None


def test_words_arrive_one_by_one(web_module: WebModule) -> None:
    """They cross a socket when the app makes them."""
    with app_server(web_module("app").app) as server:
        result = probe(
            f"{server}/v1/chat/completions",
            method="POST",
            headers={"Content-Type": "application/json"},
            body=json.dumps(request_body(stream=True, max_tokens=12)),
        )

    assert result.is_streamed, result
    gaps = [b.at - a.at for a, b in pairwise(result.response.timeline.arrivals)]
    assert len([gap for gap in gaps if gap > 0.015]) >= 8
