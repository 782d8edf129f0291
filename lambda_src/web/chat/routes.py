"""`POST /v1/chat/completions` and `GET /v1/models`, for OpenAI's clients.

With `BEDROCK_MODEL_ID` in the environment, Amazon Bedrock generates the text, else a Markov chain.
"""

import os
from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response, StreamingResponse

import sse
from chat import bedrock, markov_chain
from chat.completion import Completion, collect, encode_events
from chat.errors import ChatError, ChatRoute
from chat.model_output import Model, ModelOutput
from chat.request import ChatRequest

router = APIRouter(prefix="/v1", route_class=ChatRoute)


def get_configured_model() -> tuple[str, str, Model]:
    """Return the id of the configured model, its owner, and its function."""
    if model_id := os.environ.get("BEDROCK_MODEL_ID"):
        return model_id, "amazon-bedrock", bedrock.converse
    return markov_chain.MODEL_ID, "streams", markov_chain.generate


@router.get("/models")
async def models() -> dict[str, object]:
    """List the configured model."""
    model_id, owner, _ = get_configured_model()
    model = {"id": model_id, "object": "model", "created": 0, "owned_by": owner}
    return {"object": "list", "data": [model]}


@router.post("/chat/completions")
async def chat_completions(request: ChatRequest) -> Response:
    """Complete a conversation, as a stream of events or as one object."""
    model_id, _, model = get_configured_model()
    if request.model != model_id:
        raise ChatError(
            f"model {request.model!r} does not exist. Use {model_id!r}.",
            status=404,
            param="model",
            code="model_not_found",
        )
    completion = Completion(model_id)
    outputs = await _wait_for_first(model(request))
    if not request.stream:
        return JSONResponse(await collect(outputs, completion))
    include_usage = request.stream_options is not None and request.stream_options.include_usage
    events = encode_events(outputs, completion, include_usage=include_usage)
    return StreamingResponse(sse.add_heartbeat(events), headers=sse.HEADERS)


async def _wait_for_first(
    outputs: AsyncGenerator[ModelOutput, None],
) -> AsyncGenerator[ModelOutput, None]:
    """Wait for the first output. Before it, the status of the response can report a failure.

    Raises:
        ChatError: The model rejected the request.
    """
    first = await anext(outputs, None)

    async def all_outputs() -> AsyncGenerator[ModelOutput, None]:
        async with aclosing(outputs):
            if first is not None:
                yield first
            async for output in outputs:
                yield output

    return all_outputs()
