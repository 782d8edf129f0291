"""A Markov chain that generates text if no language model is configured.

The next word is one that follows the last two words in a short source text. The text has no
meaning. It makes clients, tools and latencies testable without cost.
"""

import asyncio
import json
import random
import re
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator
from typing import Any

from chat.errors import ChatError
from chat.model_output import ArgumentsDelta, Finish, ModelOutput, TextDelta, ToolCallStart, Usage
from chat.request import ChatRequest, Function, Message

MODEL_ID = "markov-chain"
# One word counts as one token.
MAX_WORDS = 80
# Simulates the latency of a model.
PAUSE_SECONDS = 0.03

NOTICE = "I am a Markov chain, not a language model, so this text has no meaning:"

SOURCE = """
A server sends each chunk as soon as the chunk exists. A page shows each chunk as soon as the
chunk arrives. A client that waits for the last chunk of a stream sees no stream at all. The
first chunk of a stream arrives as soon as the server sends it, and the last chunk of a stream
reports that it is the last. A proxy that buffers each chunk until the buffer is full delays the
client until the buffer is full. A server that sends no chunk for a while sends a heartbeat, and
a client that receives no chunk for a while reconnects and sends the id of the last chunk. The
server sends the chunks after the last chunk that the client received. A client that disconnects
ends the work of the server, and a client that is slow slows down the work of the server. A
stream that fails reports the failure in the last chunk of the stream.
"""


async def generate(request: ChatRequest) -> AsyncGenerator[ModelOutput, None]:
    """Generate a tool call, or text.

    Raises:
        ChatError: The tool that the model must call is not in the request.
    """
    words = sum(len(message.text.split()) for message in request.messages)
    tool = _choose_tool(request)
    outputs = _generate_call(tool, request) if tool else _generate_text(request)
    count = 0
    async for output in _add_pauses(outputs):
        count += not isinstance(output, Finish)
        yield output
    yield Usage(prompt_tokens=words, completion_tokens=count)


async def _add_pauses(outputs: Iterator[ModelOutput]) -> AsyncGenerator[ModelOutput, None]:
    for number, output in enumerate(outputs):
        if number:
            await asyncio.sleep(PAUSE_SECONDS)
        yield output


def _generate_text(request: ChatRequest) -> Iterator[ModelOutput]:
    """Generate the notice, then text, up to the token limit or a stop sequence."""
    last = request.messages[-1]
    seed = request.seed if request.seed is not None else last.text
    words = [*_generate_notice(last).split(), *_generate_sentences(random.Random(seed), MAX_WORDS)]  # noqa: S311 - no secret
    limit = request.token_limit or len(words)
    generated = ""
    for number, word in enumerate(words[:limit]):
        text = f" {word}" if number else word
        if any(stop in generated + text for stop in request.stop):
            yield Finish("stop")
            return
        generated += text
        yield TextDelta(text)
    yield Finish("length" if limit < len(words) else "stop")


def _generate_notice(last: Message) -> str:
    return f"The tool returned {last.text} and {NOTICE}" if last.role == "tool" else NOTICE


def _generate_sentences(generator: random.Random, max_words: int) -> list[str]:
    """Generate sentences of at most `max_words` words in total."""
    text = SOURCE.split()
    following: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one, two, three in zip(text, text[1:], text[2:], strict=False):
        following[one, two].append(three)
    starts = [pair for pair in following if pair[0][0].isupper()]
    words = list(generator.choice(starts))
    while len(words) < max_words and (candidates := following.get((words[-2], words[-1]))):
        words.append(generator.choice(candidates))
    ends = [number for number, word in enumerate(words) if word.endswith(".")]
    return words[: ends[-1] + 1] if ends else words


def _choose_tool(request: ChatRequest) -> Function | None:
    """Choose the required tool, or one with a word of its name in the question.

    Raises:
        ChatError: The required tool does not exist.
    """
    tools = {tool.function.name: tool.function for tool in request.tools}
    required = request.chosen_tool
    if required is not None and required not in tools:
        raise ChatError(f"tool {required!r} is not in tools. Add it.", param="tool_choice")
    if required is not None:
        return tools[required]
    if request.tool_choice == "required" and not tools:
        raise ChatError("tool_choice requires a tool. Add one to tools.", param="tool_choice")
    last = request.messages[-1]
    if request.tool_choice == "none" or last.role == "tool":
        return None
    words = set(re.findall(r"\w+", last.text.lower()))
    matches = [
        tool for name, tool in tools.items() if words & set(re.split(r"[_\W]+", name.lower()))
    ]
    if request.tool_choice == "required":
        return [*matches, *tools.values()][0]
    return matches[0] if matches else None


def _generate_call(tool: Function, request: ChatRequest) -> Iterator[ModelOutput]:
    """Generate a tool call, with a few characters of the arguments at a time."""
    question = request.messages[-1].text
    arguments = json.dumps(_choose_arguments(tool.parameters, question))
    yield ToolCallStart(0, f"call_{len(request.messages)}", tool.name)
    for start in range(0, len(arguments), 8):
        yield ArgumentsDelta(0, arguments[start : start + 8])
    yield Finish("tool_calls")


def _choose_arguments(schema: dict[str, Any], question: str) -> dict[str, Any]:
    """Return values for the required properties of a schema, from the question if possible."""
    properties = schema.get("properties", {})
    return {
        name: _choose_value(properties.get(name, {}), question)
        for name in schema.get("required", ())
    }


def _choose_value(schema: dict[str, Any], question: str) -> Any:
    if schema.get("enum"):
        matches = [value for value in schema["enum"] if str(value).lower() in question.lower()]
        return [*matches, *schema["enum"]][0]
    numbers = re.findall(r"-?\d+(?:\.\d+)?", question)
    kind = schema.get("type")
    if kind == "integer":
        return int(float(numbers[0])) if numbers else 0
    if kind == "number":
        return float(numbers[0]) if numbers else 0.0
    if kind == "boolean":
        return True
    if kind == "array":
        return []
    if kind == "object":
        return _choose_arguments(schema, question)
    # The last proper noun of the question, as in "the weather in Oslo?", else the question.
    names = re.findall(r"(?<!^)\b[A-Z]\w+", question)
    return names[-1] if names else question
