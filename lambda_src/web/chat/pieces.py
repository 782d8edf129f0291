"""What an answer is made of, whichever model makes it: the common language of this folder."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Literal

from chat.request import ChatRequest

FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]


@dataclass(frozen=True)
class Text:
    """A piece of what the model says."""

    text: str


@dataclass(frozen=True)
class ToolCall:
    """The model begins to call a tool; `index` counts the calls of an answer from 0."""

    index: int
    id: str
    name: str


@dataclass(frozen=True)
class Arguments:
    """A piece of the JSON text of a call's arguments."""

    index: int
    json: str


@dataclass(frozen=True)
class Stop:
    """The answer is over, and why."""

    reason: FinishReason


@dataclass(frozen=True)
class Usage:
    """How many tokens went in, and came out; `cached` of the first were read from a cache."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0


Piece = Text | ToolCall | Arguments | Stop | Usage
Model = Callable[[ChatRequest], AsyncIterator[Piece]]
