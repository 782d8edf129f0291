"""`POST /v1/chat/completions` and `GET /v1/models`, which OpenAI's clients use unmodified.

With `BEDROCK_MODEL_ID` in the environment Amazon Bedrock answers, else a chain of words.
"""

import os
from collections.abc import AsyncIterator

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response, StreamingResponse

import sse
from chat import bedrock, word_chain
from chat.answer import Completion, streamed, whole
from chat.errors import ChatError, ChatRoute
from chat.pieces import Model, Piece
from chat.request import ChatRequest

router = APIRouter(prefix="/v1", route_class=ChatRoute)


def configured() -> tuple[str, str, Model]:
    """Return the model there is: its id, who owns it, and what answers for it."""
    if model_id := os.environ.get("BEDROCK_MODEL_ID"):
        return model_id, "amazon-bedrock", bedrock.converse
    return word_chain.MODEL_ID, "streams", word_chain.talk


@router.get("/models")
async def models() -> dict[str, object]:
    """List the one model there is."""
    model_id, owner, _ = configured()
    found = {"id": model_id, "object": "model", "created": 0, "owned_by": owner}
    return {"object": "list", "data": [found]}


@router.post("/chat/completions")
async def chat_completions(request: ChatRequest) -> Response:
    """Answer a conversation, as a stream of events or in one object."""
    model_id, _, model = configured()
    if request.model != model_id:
        raise ChatError(
            f"there is no model {request.model!r}, but {model_id!r}",
            status=404,
            param="model",
            code="model_not_found",
        )
    completion = Completion(model_id)
    pieces = await _begun(model(request))
    if not request.stream:
        return JSONResponse(await whole(pieces, completion))
    include_usage = request.stream_options is not None and request.stream_options.include_usage
    events = streamed(pieces, completion, include_usage=include_usage)
    return StreamingResponse(sse.with_heartbeat(events), headers=sse.HEADERS)


async def _begun(pieces: AsyncIterator[Piece]) -> AsyncIterator[Piece]:
    """Wait for the first piece: until then a failure can still be told by the status.

    Raises:
        ChatError: the model refused the request.
    """
    first = await anext(pieces, None)

    async def all_pieces() -> AsyncIterator[Piece]:
        if first is not None:
            yield first
        async for piece in pieces:
            yield piece

    return all_pieces()
