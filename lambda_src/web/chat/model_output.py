"""The output of a model, the same for all models."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Literal

from chat.request import ChatRequest

FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]


@dataclass(frozen=True)
class TextDelta:
    """A part of the text."""

    text: str


@dataclass(frozen=True)
class ToolCallStart:
    """The beginning of a tool call. `index` counts the calls of a completion from 0."""

    index: int
    id: str
    name: str


@dataclass(frozen=True)
class ArgumentsDelta:
    """A part of the JSON text with the arguments of a call."""

    index: int
    json: str


@dataclass(frozen=True)
class Finish:
    """The end of the completion, with its reason."""

    reason: FinishReason


@dataclass(frozen=True)
class Usage:
    """Token counts. `cached_tokens` is the part of `prompt_tokens` that a cache provided."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0


ModelOutput = TextDelta | ToolCallStart | ArgumentsDelta | Finish | Usage
Model = Callable[[ChatRequest], AsyncGenerator[ModelOutput, None]]
