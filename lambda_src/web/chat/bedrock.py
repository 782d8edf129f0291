"""Amazon Bedrock's ConverseStream, translated: OpenAI's request to it, its events to pieces.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
boto3 is what Lambda's Python runtime has; it is imported when it is needed, as it takes a while.
"""

import functools
import json
import os
from collections.abc import AsyncIterator, Generator, Iterable, Mapping
from contextlib import closing
from typing import Any

from chat.errors import ChatError
from chat.pieces import Arguments, FinishReason, Piece, Stop, Text, ToolCall, Usage
from chat.request import ChatRequest, Message
from from_thread import from_thread

# A model that thinks for longer than this between two events is given up.
READ_TIMEOUT_SECONDS = 120

FINISH_REASONS: Mapping[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
}

# What Bedrock calls an error, as a status and in OpenAI's words. Anything else, access denied among
# it, is a fault of this deployment and not of the client: 502.
ERRORS: Mapping[str, tuple[int, str]] = {
    "validationexception": (400, "invalid_request_error"),
    "throttlingexception": (429, "rate_limit_error"),
    "servicequotaexceededexception": (429, "rate_limit_error"),
    "modelnotreadyexception": (503, "server_error"),
    "serviceunavailableexception": (503, "server_error"),
    "modeltimeoutexception": (504, "server_error"),
}


async def converse(request: ChatRequest) -> AsyncIterator[Piece]:
    """Have the model of `BEDROCK_MODEL_ID` answer.

    boto3 blocks, so it runs in a thread. When the client goes, its stream is closed.

    Raises:
        ChatError: Bedrock refused the request, or failed while it answered.
    """
    asked = converse_request(request, os.environ["BEDROCK_MODEL_ID"])
    async for piece in from_thread(lambda: _converse(asked)):
        yield piece


def _converse(asked: dict[str, Any]) -> Generator[Piece, None, None]:
    client = _client()
    from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
    from urllib3.exceptions import HTTPError

    try:
        with closing(client.converse_stream(**asked)["stream"]) as events:
            yield from pieces(events)
    except ClientError as error:  # in mid-stream, too
        raise _told(error.response.get("Error", {})) from error
    except ParamValidationError as error:  # botocore looks at the request, too
        raise ChatError(f"Bedrock: {error}") from error
    except (BotoCoreError, HTTPError) as error:  # the second is what a cut stream raises
        raise ChatError(f"Bedrock: {error}", status=502, kind="server_error") from error


@functools.cache
def _client() -> Any:
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        words = "boto3 is missing: Lambda's Python runtime has it; elsewhere, pip install boto3"
        raise ChatError(words, status=500, kind="server_error") from error
    return boto3.client("bedrock-runtime", config=Config(read_timeout=READ_TIMEOUT_SECONDS))


def converse_request(request: ChatRequest, model_id: str) -> dict[str, Any]:
    """Translate a request.

    Raises:
        ChatError: it holds what has no counterpart in Bedrock.
    """
    asked: dict[str, Any] = {"modelId": model_id, "messages": _messages(request.messages)}
    instructions = [m.text for m in request.messages if m.role in ("system", "developer")]
    if instructions:
        asked["system"] = [{"text": text} for text in instructions]
    bounds = {
        "maxTokens": request.most_tokens,
        "temperature": request.temperature,
        "topP": request.top_p,
        "stopSequences": request.stop or None,
    }
    if given := {name: value for name, value in bounds.items() if value is not None}:
        asked["inferenceConfig"] = given
    if request.tools and request.tool_choice != "none":
        asked["toolConfig"] = _tool_config(request)
    return asked


def _messages(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """Translate the turns. Bedrock wants them in alternation, so those of one role are joined."""
    turns: list[dict[str, Any]] = []
    for message in messages:
        if message.role in ("system", "developer"):
            continue
        role = "assistant" if message.role == "assistant" else "user"
        if not turns or turns[-1]["role"] != role:
            turns.append({"role": role, "content": []})
        turns[-1]["content"] += _content(message)
    return turns


def _content(message: Message) -> list[dict[str, Any]]:
    if message.role == "tool":
        result = {"toolUseId": message.tool_call_id, "content": [{"text": message.text}]}
        return [{"toolResult": result}]
    # Bedrock refuses empty text, which OpenAI's clients send beside tool calls.
    content: list[dict[str, Any]] = [{"text": message.text}] if message.text else []
    for call in message.tool_calls or ():
        try:
            given = json.loads(call.function.arguments or "{}")
        except ValueError as error:
            words = f"the arguments of tool call {call.id!r} are not JSON: {error}"
            raise ChatError(words, param="messages") from error
        tool_use = {"toolUseId": call.id, "name": call.function.name, "input": given}
        content.append({"toolUse": tool_use})
    return content


def _tool_config(request: ChatRequest) -> dict[str, Any]:
    tools = []
    for function in (tool.function for tool in request.tools):
        spec: dict[str, Any] = {
            "name": function.name,
            "inputSchema": {"json": function.parameters},
        }
        if function.description:
            spec["description"] = function.description
        tools.append({"toolSpec": spec})
    if request.chosen_tool is not None:
        choice: dict[str, Any] = {"tool": {"name": request.chosen_tool}}
    else:
        choice = {"any": {}} if request.tool_choice == "required" else {"auto": {}}
    return {"tools": tools, "toolChoice": choice}


def pieces(events: Iterable[dict[str, Any]]) -> Generator[Piece, None, None]:
    """Translate the events of a stream, one by one as they come.

    Reasoning, which OpenAI's format has no place for, is left out.

    Raises:
        ChatError: the stream ended before the answer did.
    """
    calls: dict[int, int] = {}  # Bedrock numbers text and tools together, OpenAI the tools alone
    stopped = False
    for event in events:
        if "contentBlockStart" in event:
            block = event["contentBlockStart"]
            if tool := block["start"].get("toolUse"):
                index = calls[block["contentBlockIndex"]] = len(calls)
                yield ToolCall(index, tool["toolUseId"], tool["name"])
        elif "contentBlockDelta" in event:
            block = event["contentBlockDelta"]
            delta = block["delta"]
            if "text" in delta:
                yield Text(delta["text"])
            elif "toolUse" in delta:
                yield Arguments(calls[block["contentBlockIndex"]], delta["toolUse"]["input"])
        elif "messageStop" in event:
            stopped = True
            yield Stop(FINISH_REASONS.get(event["messageStop"]["stopReason"], "stop"))
        elif "metadata" in event:
            yield _usage(event["metadata"]["usage"])
    if not stopped:
        words = "Bedrock: the stream ended before the answer did"
        raise ChatError(words, status=502, kind="server_error")


def _usage(told: Mapping[str, int]) -> Usage:
    """Translate the usage; what a cache gave or took is beside Bedrock's input, within OpenAI's."""
    cached = told.get("cacheReadInputTokens", 0)
    prompt = told["inputTokens"] + cached + told.get("cacheWriteInputTokens", 0)
    return Usage(prompt, told["outputTokens"], cached)


def _told(error: Mapping[str, str]) -> ChatError:
    """Tell an error of Bedrock's, which it names in one case here and in another there."""
    code = error.get("Code", "")
    status, kind = ERRORS.get(code.lower(), (502, "server_error"))
    return ChatError(f"Bedrock: {error.get('Message', code)}", status=status, kind=kind, code=code)
