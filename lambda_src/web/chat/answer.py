"""Pieces of an answer as OpenAI's clients read them: chunk by chunk, or in one object.

https://platform.openai.com/docs/api-reference/chat-streaming
"""

import json
import logging
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import sse
from chat.errors import ChatError
from chat.pieces import Arguments, Piece, Stop, Text, ToolCall, Usage

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Completion:
    """What all chunks of one answer have in common."""

    model: str
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def of_kind(self, kind: str, **more: object) -> dict[str, Any]:
        """Make an object of a kind of OpenAI's."""
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            **more,
        }


async def streamed(
    pieces: AsyncIterator[Piece], completion: Completion, *, include_usage: bool
) -> AsyncIterator[bytes]:
    """Write each piece as an event of its own, `[DONE]` at the end, an error where it breaks off.

    With `include_usage` one more chunk, without choices, tells the usage before the end.
    """
    usage: Usage | None = None
    try:
        yield _event(_chunk(completion, {"role": "assistant", "content": ""}))
        async for piece in pieces:
            if isinstance(piece, Usage):
                usage = piece
            elif isinstance(piece, Stop):
                yield _event(_chunk(completion, {}, piece.reason))
            else:
                yield _event(_chunk(completion, _delta(piece)))
        if include_usage and usage is not None:
            told = completion.of_kind("chat.completion.chunk", choices=[], usage=_usage(usage))
            yield _event(told)
        yield sse.DONE
    except ChatError as error:
        yield _event(error.body)
    except Exception:  # whatever it is, the client must hear of it
        logger.exception("the answer broke off")
        yield _event(ChatError("the answer broke off", kind="server_error").body)


async def whole(pieces: AsyncIterator[Piece], completion: Completion) -> dict[str, Any]:
    """Gather the pieces into one answer.

    Raises:
        ChatError: the model failed before the end.
    """
    text: list[str] = []
    calls: list[dict[str, Any]] = []
    reason: str = "stop"
    usage = Usage(0, 0)
    async for piece in pieces:
        if isinstance(piece, Text):
            text.append(piece.text)
        elif isinstance(piece, ToolCall):
            calls.append(_call(piece))
        elif isinstance(piece, Arguments):
            calls[piece.index]["function"]["arguments"] += piece.json
        elif isinstance(piece, Stop):
            reason = piece.reason
        else:
            usage = piece
    message: dict[str, Any] = {"role": "assistant", "content": "".join(text) or None}
    if calls:
        message["tool_calls"] = calls
    choice = {"index": 0, "message": message, "finish_reason": reason, "logprobs": None}
    return completion.of_kind("chat.completion", choices=[choice], usage=_usage(usage))


def _delta(piece: Text | ToolCall | Arguments) -> dict[str, Any]:
    if isinstance(piece, Text):
        return {"content": piece.text}
    if isinstance(piece, ToolCall):
        return {"tool_calls": [{"index": piece.index, **_call(piece)}]}
    return {"tool_calls": [{"index": piece.index, "function": {"arguments": piece.json}}]}


def _call(piece: ToolCall) -> dict[str, Any]:
    return {
        "id": piece.id,
        "type": "function",
        "function": {"name": piece.name, "arguments": ""},
    }


def _chunk(
    completion: Completion, delta: dict[str, Any], finish_reason: str | None = None
) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
    return completion.of_kind("chat.completion.chunk", choices=[choice])


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
    }


def _event(content: dict[str, Any]) -> bytes:
    return sse.Event(data=json.dumps(content)).encode()
