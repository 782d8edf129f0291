"""Request validation over real sockets: missing and invalid values, and valid requests."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from dataclasses import replace
from typing import Any

import httpx
import pytest

from streaming_construct.local.gateway.body_schema import find_validation_error
from streaming_construct.local.gateway.request_validation import (
    describe_unvalidated_bodies,
    find_model,
)
from streaming_construct.model.api import ApiModel
from streaming_construct.model.authorization import RequestValidation
from streaming_construct.model.integrations import TemplatedResponse
from tests.support.in_memory_functions import InMemoryFunctions, api_model, gateway, prelude, route

PROMPT: dict[str, Any] = {
    "type": "object",
    "required": ["text"],
    "properties": {
        "text": {"$ref": "#/definitions/Text"},
        "n": {"minimum": 0, "exclusiveMinimum": True},
    },
    "definitions": {"Text": {"type": "string"}},
}
ALL = RequestValidation(
    name="all",
    has_body_validation=True,
    has_parameter_validation=True,
    required=("method.request.querystring.q", "method.request.header.X-T"),
    models={"application/json": PROMPT},
)
GOOD: dict[str, Any] = {"params": {"q": "1"}, "headers": {"X-T": "1"}, "content": b'{"text": "hi"}'}


def validated(validation: RequestValidation = ALL, **model_members: Any) -> ApiModel:
    return api_model(replace(route("/{proxy+}"), validation=validation), **model_members)


def post_request(api: ApiModel, **options: Any) -> tuple[httpx.Response, list[Any]]:
    """Post one request; return the response, and the events of the function."""
    (response,), events = post_each(api, options)
    return response, events


def post_each(api: ApiModel, *requests: dict[str, Any]) -> tuple[list[httpx.Response], list[Any]]:
    """Post the requests to one gateway, which starts one process that validates."""

    async def run() -> tuple[list[httpx.Response], list[Any]]:
        functions = InMemoryFunctions({"fn": [prelude(), b"ok"]})
        async with gateway(api, functions) as served, httpx.AsyncClient(timeout=60) as client:
            url = served.url("/x")
            responses = [await client.post(url, **{**GOOD, **options}) for options in requests]
        return responses, functions.events

    return asyncio.run(run())


def test_missing_parameters_are_named() -> None:
    """The check precedes that of the body, and invokes nothing."""
    requests: list[tuple[dict[str, Any], str]] = [
        ({"params": {}}, "q"),
        ({"params": {"q": ""}}, "q"),
        ({"headers": {}}, "X-T"),
        ({"headers": {}, "params": {}, "content": b"{"}, "q, X-T"),
    ]
    responses, events = post_each(validated(), *(options for options, _ in requests))

    assert events == []
    assert {response.status_code for response in responses} == {400}
    assert [response.json() for response in responses] == [
        {"message": f"Missing required request parameters: [{names}]"} for _, names in requests
    ]


def test_a_body_that_its_model_rejects_is_a_400() -> None:
    """The message has the terms of draft 4. An empty body counts as an empty object.

    A valid request invokes its function.
    """
    bodies = (b"", b"{", b"[]", b'{"text": 1}', b'{"text": "", "n": 0}', b"\xff")
    requests = ({}, *({"content": body} for body in bodies))
    (passed, *rejected), events = post_each(validated(), *requests)

    assert (passed.status_code, len(events)) == (200, 1)
    for body, response in zip(bodies, rejected, strict=True):
        assert response.status_code == 400, body
        assert response.json() == {"message": "Invalid request body"}, body


def test_a_gateway_response_can_contain_the_problem() -> None:
    """The problem is in quotes, and its quotes and backslashes are escaped.

    The response does not contain a large body that is rejected.
    """
    template = '{"detail":"$context.error.validationErrorString"}'
    responses = {"BAD_REQUEST_BODY": TemplatedResponse(templates={"application/json": template})}
    large = json.dumps({"text": ["hunter2" * 100_000], "n": [{"hunter2": 1}] * 1000}).encode()
    requests = ({"content": b'{"text": ["a\\"b\\\\"]}'}, {"content": large})
    (quoted, rejected), _ = post_each(validated(gateway_responses=responses), *requests)

    assert quoted.json()["detail"] == '[$.text: type "string"]'
    assert rejected.status_code == 400
    assert "hunter2" not in rejected.text
    assert len(rejected.text) < 1000


def test_every_invalid_body_is_an_error() -> None:
    """Deep, huge, or not the JSON of RFC 8259."""
    bodies = [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"text": "x", "n": NaN}',
        b'{"text": "x", "n": -Infinity}',
        b'{"text": "x", "n": 1e999}',
        b'{"text": "x", "n": ' + b"9" * 5000 + b"}",
        b'{"text": "x", "m": ' + b"9" * 400 + b"}",
        b'{"text": "\xff"}',
        b"\xef\xbb\xbf{}",
        '{"text": "x"}'.encode("utf-16"),
    ]
    model = {**PROMPT, "properties": {**PROMPT["properties"], "m": {"multipleOf": 0.01}}}

    assert all(find_validation_error(model, body) for body in bodies)
    assert find_validation_error(model, b'{"text": "x", "m": 1}') is None


def test_a_model_that_refers_to_another_host_is_an_error_of_the_api() -> None:
    """The gateway fetches nothing."""
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0.2)
        model = {"$ref": f"http://127.0.0.1:{elsewhere.getsockname()[1]}/model.json"}
        response, _ = post_request(validated(replace(ALL, models={"application/json": model})))
        with pytest.raises(TimeoutError):
            elsewhere.accept()

    assert response.status_code == 500


def test_a_body_without_a_model_for_its_media_type_is_accepted() -> None:
    """API Gateway does the same."""
    requests = [
        {"headers": {"X-T": "1", "Content-Type": media_type}, "content": b"{"}
        for media_type in ("text/plain", "application/cbor")
    ]
    responses, _ = post_each(validated(), *requests)

    assert [response.status_code for response in responses] == [200, 200]


def test_the_default_model_is_for_every_other_media_type() -> None:
    """It is the model of `$default`. Parameters of the media type do not matter."""
    validation = replace(ALL, models={"$default": PROMPT, "text/csv": {}})

    assert find_model(validation, "text/plain; charset=utf-8") == PROMPT
    assert find_model(validation, "Text/CSV; charset=utf-8") == {}


@pytest.mark.parametrize(
    ("validation", "status"),
    [
        (replace(ALL, has_body_validation=False), 200),
        (replace(ALL, has_body_validation=False, has_parameter_validation=False), 200),
        (replace(ALL, has_parameter_validation=False), 400),
    ],
)
def test_only_what_the_validator_names_is_checked(
    validation: RequestValidation, status: int
) -> None:
    """A validator names the body, the parameters, both or neither."""
    assert post_request(validated(validation), content=b"{")[0].status_code == status


def test_an_unsupported_validation_is_named_at_startup(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The model is unknown, or the package that reads it is missing. The request is accepted."""
    unknown = validated(replace(ALL, unresolved={"RequestModels.text/plain": "it is elsewhere"}))

    assert post_request(unknown, content=b"{")[0].status_code == 200
    assert list(describe_unvalidated_bodies(unknown)) == [
        "ANY /{proxy+} does not validate bodies locally: RequestModels.text/plain: it is elsewhere"
    ]
    assert list(describe_unvalidated_bodies(validated())) == []
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    (message,) = describe_unvalidated_bodies(validated())
    assert message.endswith(": jsonschema is not installed: pip install jsonschema")
