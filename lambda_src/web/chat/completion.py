"""Chat completions as OpenAI's clients read them: as a stream of chunks, or as one object.

https://platform.openai.com/docs/api-reference/chat-streaming
"""

import json
import logging
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import sse
from chat.errors import ChatError
from chat.model_output import ArgumentsDelta, Finish, ModelOutput, TextDelta, ToolCallStart, Usage

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Completion:
    """The fields that all chunks of one completion have."""

    model: str
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def to_object(self, object_type: str, **fields: object) -> dict[str, Any]:
        """Return one of OpenAI's objects with these fields."""
        return {
            "id": self.id,
            "object": object_type,
            "created": self.created,
            "model": self.model,
            **fields,
        }


async def encode_events(
    outputs: AsyncGenerator[ModelOutput, None], completion: Completion, *, include_usage: bool
) -> AsyncGenerator[bytes, None]:
    """Encode each output as an event, then `[DONE]`, or an error if the model fails.

    With `include_usage`, another chunk without choices has the usage.
    """
    usage: Usage | None = None
    try:
        async with aclosing(outputs):
            yield _encode_event(_create_chunk(completion, {"role": "assistant", "content": ""}))
            async for output in outputs:
                if isinstance(output, Usage):
                    usage = output
                elif isinstance(output, Finish):
                    yield _encode_event(_create_chunk(completion, {}, output.reason))
                else:
                    yield _encode_event(_create_chunk(completion, _create_delta(output)))
        if include_usage and usage is not None:
            chunk = completion.to_object(
                "chat.completion.chunk", choices=[], usage=_create_usage(usage)
            )
            yield _encode_event(chunk)
        yield sse.DONE
    except ChatError as error:
        yield _encode_event(error.body)
    except Exception:  # the client needs the error for every exception
        logger.exception("the completion failed")
        yield _encode_event(ChatError("the completion failed", kind="server_error").body)


async def collect(outputs: AsyncIterator[ModelOutput], completion: Completion) -> dict[str, Any]:
    """Collect all outputs in one completion.

    Raises:
        ChatError: The model failed before the end.
    """
    text: list[str] = []
    calls: list[dict[str, Any]] = []
    reason: str = "stop"
    usage = Usage(0, 0)
    async for output in outputs:
        if isinstance(output, TextDelta):
            text.append(output.text)
        elif isinstance(output, ToolCallStart):
            calls.append(_create_call(output))
        elif isinstance(output, ArgumentsDelta):
            calls[output.index]["function"]["arguments"] += output.json
        elif isinstance(output, Finish):
            reason = output.reason
        else:
            usage = output
    message: dict[str, Any] = {"role": "assistant", "content": "".join(text) or None}
    if calls:
        message["tool_calls"] = calls
    choice = {"index": 0, "message": message, "finish_reason": reason, "logprobs": None}
    return completion.to_object("chat.completion", choices=[choice], usage=_create_usage(usage))


def _create_delta(output: TextDelta | ToolCallStart | ArgumentsDelta) -> dict[str, Any]:
    if isinstance(output, TextDelta):
        return {"content": output.text}
    if isinstance(output, ToolCallStart):
        return {"tool_calls": [{"index": output.index, **_create_call(output)}]}
    return {"tool_calls": [{"index": output.index, "function": {"arguments": output.json}}]}


def _create_call(output: ToolCallStart) -> dict[str, Any]:
    return {
        "id": output.id,
        "type": "function",
        "function": {"name": output.name, "arguments": ""},
    }


def _create_chunk(
    completion: Completion, delta: dict[str, Any], finish_reason: str | None = None
) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
    return completion.to_object("chat.completion.chunk", choices=[choice])


def _create_usage(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
    }


def _encode_event(content: dict[str, Any]) -> bytes:
    return sse.Event(data=json.dumps(content)).encode()
