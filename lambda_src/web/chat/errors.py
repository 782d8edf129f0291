"""Errors in OpenAI's shape, which its clients turn into their own exceptions."""

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
    """What went wrong, to be told to the client.

    Attributes:
        message: What went wrong and what to do.
        status: The HTTP status, where the answer has not begun. Default: 400.
        kind: OpenAI's `type`. Default: `invalid_request_error`.
        param: The field of the request that is to blame. Default: none.
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
        """The error as it is told, in an answer of its own or in mid-stream."""
        return {
            "error": {
                "message": self.message,
                "type": self.kind,
                "param": self.param,
                "code": self.code,
            }
        }


class ChatRoute(APIRoute):
    """A route that tells all its errors in OpenAI's shape, those of FastAPI's validation too."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override] # it names the coroutine type that is an Awaitable
        """Wrap the handler that FastAPI makes."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except RequestValidationError as problems:
                error = _told(problems)
            except ChatError as refused:
                error = refused
            except Exception:  # its cause is for the log alone
                logger.exception("the request failed")
                error = ChatError("the request failed", status=500, kind="server_error")
            return JSONResponse(error.body, error.status)

        return handle


def _told(problems: RequestValidationError) -> ChatError:
    """Name every problem at once; `param` is the first."""
    told = [(_path(problem), problem["msg"]) for problem in problems.errors()]
    message = "; ".join(f"{path}: {words}" if path else words for path, words in told)
    return ChatError(message, param=told[0][0] or None)


def _path(problem: Mapping[str, Any]) -> str:
    """Write a place in the body as `messages.0.role`; text that is no JSON has no such places."""
    if problem["type"] == "json_invalid":
        return ""
    # Of a field that may have several types, the types are steps, too.
    steps = [step for step in problem["loc"] if isinstance(step, int) or _FIELD.fullmatch(step)]
    return ".".join(str(step) for step in steps if step != "body")
