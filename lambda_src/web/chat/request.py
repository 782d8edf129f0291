"""The request of a client: https://platform.openai.com/docs/api-reference/chat/create.

Unused fields are ignored, since clients send more of them every year. A field that requires an
unsupported response format is an error.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field


class TextPart(BaseModel):
    """A part of a message. Images and audio are not supported."""

    type: Literal["text"]
    text: str


def _to_parts(content: object) -> object:
    """Convert a text to a list of one part."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


class FunctionCall(BaseModel):
    """The called function, with its arguments as JSON text."""

    name: str
    arguments: str = "{}"


class AssistantToolCall(BaseModel):
    """A tool call in an earlier message of the assistant."""

    id: str
    type: Literal["function"] = "function"
    function: FunctionCall


class Message(BaseModel):
    """One message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Annotated[list[TextPart] | None, BeforeValidator(_to_parts)] = None
    tool_calls: list[AssistantToolCall] | None = None
    tool_call_id: str | None = None

    @property
    def text(self) -> str:
        """The text of all parts."""
        return "".join(part.text for part in self.content or ())


class Function(BaseModel):
    """A tool, with the JSON Schema of its arguments."""

    name: str
    description: str | None = None
    parameters: dict[str, Any] = Field(default_factory=lambda: {"type": "object"})


class Tool(BaseModel):
    """A tool. Only functions are supported."""

    type: Literal["function"]
    function: Function


class ToolName(BaseModel):
    """The name of a function."""

    name: str


class ToolChoice(BaseModel):
    """The tool that the model must call."""

    type: Literal["function"]
    function: ToolName


class ResponseFormat(BaseModel):
    """The format of the response. No model here guarantees JSON or a schema."""

    type: Literal["text"]


def _to_list(stop: object) -> object:
    """Convert a text to a list of one text, and None to an empty list."""
    return [stop] if isinstance(stop, str) else stop or []


class StreamOptions(BaseModel):
    """Options of a stream."""

    include_usage: bool = False


class ChatRequest(BaseModel):
    """The body of `POST /v1/chat/completions`."""

    model: str
    messages: Annotated[list[Message], Field(min_length=1)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    tools: list[Tool] = Field(default_factory=list)
    tool_choice: Literal["none", "auto", "required"] | ToolChoice = "auto"
    max_tokens: Annotated[int | None, Field(ge=1)] = None
    max_completion_tokens: Annotated[int | None, Field(ge=1)] = None
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    top_p: Annotated[float | None, Field(ge=0, le=1)] = None
    stop: Annotated[list[str], BeforeValidator(_to_list)] = Field(default_factory=list)
    seed: int | None = None
    n: Literal[1] | None = None
    logprobs: Literal[False] | None = None
    response_format: ResponseFormat | None = None

    @property
    def token_limit(self) -> int | None:
        """The maximum number of generated tokens, from the newer or the older field."""
        return self.max_completion_tokens or self.max_tokens

    @property
    def chosen_tool(self) -> str | None:
        """The name of the tool that the model must call, None without one."""
        choice = self.tool_choice
        return choice.function.name if isinstance(choice, ToolChoice) else None
