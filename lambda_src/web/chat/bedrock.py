"""Amazon Bedrock's ConverseStream: conversion of requests and events.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
Lambda's Python runtime includes boto3. It is imported on demand, since the import is slow.
"""

import functools
import json
import os
from collections.abc import AsyncGenerator, Generator, Iterable, Mapping
from contextlib import aclosing, closing
from typing import Any

from chat.errors import ChatError
from chat.model_output import (
    ArgumentsDelta,
    Finish,
    FinishReason,
    ModelOutput,
    TextDelta,
    ToolCallStart,
    Usage,
)
from chat.request import ChatRequest, Message
from iterate_in_thread import iterate_in_thread

# Maximum time between two events of the model.
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

# Bedrock's error code, with the HTTP status and OpenAI's error type. All other errors, such as
# access denied, are errors of this deployment and not of the client: 502.
ERRORS: Mapping[str, tuple[int, str]] = {
    "validationexception": (400, "invalid_request_error"),
    "throttlingexception": (429, "rate_limit_error"),
    "servicequotaexceededexception": (429, "rate_limit_error"),
    "modelnotreadyexception": (503, "server_error"),
    "serviceunavailableexception": (503, "server_error"),
    "modeltimeoutexception": (504, "server_error"),
}


async def converse(request: ChatRequest) -> AsyncGenerator[ModelOutput, None]:
    """Generate a completion with the model of `BEDROCK_MODEL_ID`.

    boto3 blocks, so it runs in a thread. If the client disconnects, its stream is closed.

    Raises:
        ChatError: Bedrock rejected the request, or failed.
    """
    arguments = convert_request(request, os.environ["BEDROCK_MODEL_ID"])
    async with aclosing(iterate_in_thread(lambda: _converse(arguments))) as outputs:
        async for output in outputs:
            yield output


def _converse(arguments: dict[str, Any]) -> Generator[ModelOutput, None, None]:
    client = _create_client()
    from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
    from urllib3.exceptions import HTTPError

    try:
        with closing(client.converse_stream(**arguments)["stream"]) as events:
            yield from convert_events(events)
    except ClientError as error:  # also in the middle of a stream
        raise _convert_error(error.response.get("Error", {})) from error
    except ParamValidationError as error:  # botocore validates the request
        raise ChatError(f"Bedrock: {error}") from error
    except (BotoCoreError, HTTPError) as error:  # HTTPError: the stream was truncated
        raise ChatError(f"Bedrock: {error}", status=502, kind="server_error") from error


@functools.cache
def _create_client() -> Any:
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        message = "boto3 is missing. Run pip install boto3; Lambda's Python runtime includes it."
        raise ChatError(message, status=500, kind="server_error") from error
    return boto3.client("bedrock-runtime", config=Config(read_timeout=READ_TIMEOUT_SECONDS))


def convert_request(request: ChatRequest, model_id: str) -> dict[str, Any]:
    """Convert a request.

    Raises:
        ChatError: The request has a value that Bedrock does not support.
    """
    arguments: dict[str, Any] = {
        "modelId": model_id,
        "messages": _convert_messages(request.messages),
    }
    instructions = [m.text for m in request.messages if m.role in ("system", "developer")]
    if instructions:
        arguments["system"] = [{"text": text} for text in instructions]
    options = {
        "maxTokens": request.token_limit,
        "temperature": request.temperature,
        "topP": request.top_p,
        "stopSequences": request.stop or None,
    }
    if config := {name: value for name, value in options.items() if value is not None}:
        arguments["inferenceConfig"] = config
    if request.tools and request.tool_choice != "none":
        arguments["toolConfig"] = _convert_tools(request)
    return arguments


def _convert_messages(messages: Iterable[Message]) -> list[dict[str, Any]]:
    """Convert the messages. Bedrock requires alternating roles, so those of one role are joined."""
    turns: list[dict[str, Any]] = []
    for message in messages:
        if message.role in ("system", "developer"):
            continue
        role = "assistant" if message.role == "assistant" else "user"
        if not turns or turns[-1]["role"] != role:
            turns.append({"role": role, "content": []})
        turns[-1]["content"] += _convert_content(message)
    return turns


def _convert_content(message: Message) -> list[dict[str, Any]]:
    if message.role == "tool":
        result = {"toolUseId": message.tool_call_id, "content": [{"text": message.text}]}
        return [{"toolResult": result}]
    # Bedrock rejects empty text, which OpenAI's clients send with tool calls.
    content: list[dict[str, Any]] = [{"text": message.text}] if message.text else []
    for call in message.tool_calls or ():
        try:
            arguments = json.loads(call.function.arguments or "{}")
        except ValueError as error:
            message_text = f"the arguments of tool call {call.id!r} are not JSON: {error}"
            raise ChatError(message_text, param="messages") from error
        tool_use = {"toolUseId": call.id, "name": call.function.name, "input": arguments}
        content.append({"toolUse": tool_use})
    return content


def _convert_tools(request: ChatRequest) -> dict[str, Any]:
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


def convert_events(events: Iterable[dict[str, Any]]) -> Generator[ModelOutput, None, None]:
    """Convert the events of a stream one by one.

    Reasoning is omitted, since OpenAI's format has no field for it.

    Raises:
        ChatError: The stream ended before the completion.
    """
    calls: dict[int, int] = {}  # Bedrock numbers text and tools together, OpenAI only the tools
    has_finished = False
    for event in events:
        if "contentBlockStart" in event:
            block = event["contentBlockStart"]
            if tool := block["start"].get("toolUse"):
                index = calls[block["contentBlockIndex"]] = len(calls)
                yield ToolCallStart(index, tool["toolUseId"], tool["name"])
        elif "contentBlockDelta" in event:
            block = event["contentBlockDelta"]
            delta = block["delta"]
            if "text" in delta:
                yield TextDelta(delta["text"])
            elif "toolUse" in delta:
                yield ArgumentsDelta(calls[block["contentBlockIndex"]], delta["toolUse"]["input"])
        elif "messageStop" in event:
            has_finished = True
            yield Finish(FINISH_REASONS.get(event["messageStop"]["stopReason"], "stop"))
        elif "metadata" in event:
            yield _convert_usage(event["metadata"]["usage"])
    if not has_finished:
        message = "Bedrock: the stream ended before the completion"
        raise ChatError(message, status=502, kind="server_error")


def _convert_usage(usage: Mapping[str, int]) -> Usage:
    """Convert the usage. OpenAI's prompt tokens include cached tokens, Bedrock's do not."""
    cached = usage.get("cacheReadInputTokens", 0)
    prompt = usage["inputTokens"] + cached + usage.get("cacheWriteInputTokens", 0)
    return Usage(prompt, usage["outputTokens"], cached)


def _convert_error(error: Mapping[str, str]) -> ChatError:
    """Convert an error. The case of Bedrock's error codes varies."""
    code = error.get("Code", "")
    status, kind = ERRORS.get(code.lower(), (502, "server_error"))
    return ChatError(f"Bedrock: {error.get('Message', code)}", status=status, kind=kind, code=code)
