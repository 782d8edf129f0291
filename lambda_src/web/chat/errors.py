"""Errors in OpenAI's format, which its clients convert to exceptions."""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

_FIELD = re.compile("[a-z_]+")

logger = logging.getLogger(__name__)


class ChatError(Exception):
    """An error for the client.

    Attributes:
        message: The problem and what to do.
        status: The HTTP status, if the response has not begun. Default: 400.
        kind: OpenAI's `type`. Default: `invalid_request_error`.
        param: The field of the request that is wrong. Default: none.
        code: OpenAI's `code`. Default: none.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.param = param
        self.code = code

    @property
    def body(self) -> dict[str, Any]:
        """The JSON of the error, for a response or for an event of a stream."""
        return {
            "error": {
                "message": self.message,
                "type": self.kind,
                "param": self.param,
                "code": self.code,
            }
        }


class ChatRoute(APIRoute):
    """A route that returns all errors in OpenAI's format, FastAPI's validation errors included."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override] # it names the coroutine type that is an Awaitable
        """Wrap FastAPI's handler."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except RequestValidationError as validation_error:
                error = _combine_problems(validation_error)
            except ChatError as chat_error:
                error = chat_error
            except Exception:  # only the log has the cause
                logger.exception("the request failed")
                error = ChatError("the request failed", status=500, kind="server_error")
            return JSONResponse(error.body, error.status)

        return handle


def _combine_problems(error: RequestValidationError) -> ChatError:
    """Combine all problems in one error. `param` is the field of the first."""
    problems = [(_format_path(problem), problem["msg"]) for problem in error.errors()]
    message = "; ".join(f"{path}: {text}" if path else text for path, text in problems)
    return ChatError(message, param=problems[0][0] or None)


def _format_path(problem: Mapping[str, Any]) -> str:
    """Return a path in the body, such as `messages.0.role`; none if the body is not JSON."""
    if problem["type"] == "json_invalid":
        return ""
    # For a field with several types, the location also names the type.
    steps = [step for step in problem["loc"] if isinstance(step, int) or _FIELD.fullmatch(step)]
    return ".".join(str(step) for step in steps if step != "body")
