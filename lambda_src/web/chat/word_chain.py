"""Who answers where no language model is configured: a chain of words, which says that it is one.

A Markov chain: the next word is one that has followed the last two somewhere in a short text. It
understands nothing. It is here so that clients, tools and timings can be tried for nothing.
"""

import asyncio
import json
import random
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from typing import Any

from chat.errors import ChatError
from chat.pieces import Arguments, Piece, Stop, Text, ToolCall, Usage
from chat.request import ChatRequest, Function, Message

MODEL_ID = "word-chain"
# A word is one token here.
MOST_WORDS = 80
# Stands for the work, so that there is something to watch: a chain of words takes no time.
PAUSE_SECONDS = 0.03

CONFESSION = "I am no language model, only a chain of words, so what follows means little:"

SOURCE = """
A stream sends each piece when it is made and keeps nothing back. A page shows each piece when
it arrives and waits for nothing. A client that waits for the last piece of a stream sees no
stream at all. The first piece of a stream arrives when it is made, and the last piece of a
stream says that it is the last. A proxy that keeps a piece back until there are more of them
keeps the reader back until there are more of them. A server that sends nothing for a while
sends a heartbeat, and a client that hears nothing for a while comes back and says what it saw
last. What the client saw last is not sent again. A reader who goes away ends the work, and a
reader who is slow holds the work back. The work that nobody reads is made for nothing. A piece
that breaks says so, and a stream that breaks says so when it can. What is made for nobody is
not made at all.
"""


async def talk(request: ChatRequest) -> AsyncIterator[Piece]:
    """Answer with a call of a tool, or with words.

    Raises:
        ChatError: the tool that must be called is not among those given.
    """
    words = sum(len(message.text.split()) for message in request.messages)
    tool = _tool_to_call(request)
    pieces = _call(tool, request) if tool else _words(request)
    made = 0
    async for piece in _paced(pieces):
        made += not isinstance(piece, Stop)
        yield piece
    yield Usage(prompt_tokens=words, completion_tokens=made)


async def _paced(pieces: Iterator[Piece]) -> AsyncIterator[Piece]:
    for number, piece in enumerate(pieces):
        if number:
            await asyncio.sleep(PAUSE_SECONDS)
        yield piece


def _words(request: ChatRequest) -> Iterator[Piece]:
    """Say what this is, then words, until there are enough or a stop text comes."""
    last = request.messages[-1]
    seed = request.seed if request.seed is not None else last.text
    opening = _opening(last)
    spoken = [*opening.split(), *_chain(random.Random(seed), MOST_WORDS)]  # noqa: S311 - no secret
    limit = request.most_tokens or len(spoken)
    said = ""
    for number, word in enumerate(spoken[:limit]):
        text = f" {word}" if number else word
        if any(stop in said + text for stop in request.stop):
            yield Stop("stop")
            return
        said += text
        yield Text(text)
    yield Stop("length" if limit < len(spoken) else "stop")


def _opening(last: Message) -> str:
    return f"The tool said {last.text} and {CONFESSION}" if last.role == "tool" else CONFESSION


def _chain(choice: random.Random, most: int) -> list[str]:
    """Make sentences of at most `most` words in all."""
    text = SOURCE.split()
    following: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one, two, three in zip(text, text[1:], text[2:], strict=False):
        following[one, two].append(three)
    starts = [pair for pair in following if pair[0][0].isupper()]
    made = list(choice.choice(starts))
    while len(made) < most and (nexts := following.get((made[-2], made[-1]))):
        made.append(choice.choice(nexts))
    ends = [number for number, word in enumerate(made) if word.endswith(".")]
    return made[: ends[-1] + 1] if ends else made


def _tool_to_call(request: ChatRequest) -> Function | None:
    """Choose a tool: the one that must be, or one with a word of its name in the question.

    Raises:
        ChatError: there is no such tool.
    """
    tools = {tool.function.name: tool.function for tool in request.tools}
    named = request.chosen_tool
    if named is not None and named not in tools:
        raise ChatError(f"there is no tool {named!r} among tools", param="tool_choice")
    if named is not None:
        return tools[named]
    if request.tool_choice == "required" and not tools:
        raise ChatError("a tool is required, and there are no tools", param="tool_choice")
    last = request.messages[-1]
    if request.tool_choice == "none" or last.role == "tool":
        return None
    asked = set(re.findall(r"\w+", last.text.lower()))
    fitting = [
        tool for name, tool in tools.items() if asked & set(re.split(r"[_\W]+", name.lower()))
    ]
    if request.tool_choice == "required":
        return [*fitting, *tools.values()][0]
    return fitting[0] if fitting else None


def _call(tool: Function, request: ChatRequest) -> Iterator[Piece]:
    """Call a tool, its arguments a few characters at a time, as models do."""
    question = request.messages[-1].text
    arguments = json.dumps(_arguments(tool.parameters, question))
    yield ToolCall(0, f"call_{len(request.messages)}", tool.name)
    for start in range(0, len(arguments), 8):
        yield Arguments(0, arguments[start : start + 8])
    yield Stop("tool_calls")


def _arguments(schema: dict[str, Any], question: str) -> dict[str, Any]:
    """Fill in what a schema requires, from the question where anything there fits."""
    properties = schema.get("properties", {})
    return {name: _value(properties.get(name, {}), question) for name in schema.get("required", ())}


def _value(schema: dict[str, Any], question: str) -> Any:
    if schema.get("enum"):
        named = [value for value in schema["enum"] if str(value).lower() in question.lower()]
        return [*named, *schema["enum"]][0]
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
        return _arguments(schema, question)
    # The last name in the question, as in "the weather in Oslo?", else all of it.
    names = re.findall(r"(?<!^)\b[A-Z]\w+", question)
    return names[-1] if names else question
