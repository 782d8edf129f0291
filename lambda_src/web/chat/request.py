"""What a client asks for: https://platform.openai.com/docs/api-reference/chat/create.

Fields that nothing here makes use of are taken and ignored, as clients send more of them every
year; one that promises a form of the answer that cannot be kept is refused.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field


class TextPart(BaseModel):
    """A part of a message. Images and sound are refused: there is no such `type` here."""

    type: Literal["text"]
    text: str


def _as_parts(content: object) -> object:
    """Take text for the list of one part that it is short for."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


class FunctionCall(BaseModel):
    """What was called, with its arguments as JSON text."""

    name: str
    arguments: str = "{}"


class AssistantToolCall(BaseModel):
    """A call that an answer before this one made."""

    id: str
    type: Literal["function"] = "function"
    function: FunctionCall


class Message(BaseModel):
    """One message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Annotated[list[TextPart] | None, BeforeValidator(_as_parts)] = None
    tool_calls: list[AssistantToolCall] | None = None
    tool_call_id: str | None = None

    @property
    def text(self) -> str:
        """All of its text."""
        return "".join(part.text for part in self.content or ())


class Function(BaseModel):
    """A tool, with the JSON Schema of its arguments."""

    name: str
    description: str | None = None
    parameters: dict[str, Any] = Field(default_factory=lambda: {"type": "object"})


class Tool(BaseModel):
    """Functions are the only kind of tool."""

    type: Literal["function"]
    function: Function


class ToolName(BaseModel):
    """Names a function."""

    name: str


class ToolChoice(BaseModel):
    """This tool, and no other."""

    type: Literal["function"]
    function: ToolName


class ResponseFormat(BaseModel):
    """Text alone: that an answer is JSON, or of a schema, is promised by no model here."""

    type: Literal["text"]


def _as_list(stop: object) -> object:
    """Take one text for a list of it, and none for none."""
    return [stop] if isinstance(stop, str) else stop or []


class StreamOptions(BaseModel):
    """What a stream has beside the answer."""

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
    stop: Annotated[list[str], BeforeValidator(_as_list)] = Field(default_factory=list)
    seed: int | None = None
    n: Literal[1] | None = None
    logprobs: Literal[False] | None = None
    response_format: ResponseFormat | None = None

    @property
    def most_tokens(self) -> int | None:
        """The bound on the length of the answer, by its newer name or the older one."""
        return self.max_completion_tokens or self.max_tokens

    @property
    def chosen_tool(self) -> str | None:
        """The name of the tool that must be called, where one is named."""
        choice = self.tool_choice
        return choice.function.name if isinstance(choice, ToolChoice) else None
