"""A runtime for ordinary Python handlers: polls the Runtime API, answers buffered.

Run as a program by the function's own Python; imports the standard library alone.
https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
"""

from __future__ import annotations

import http.client
import importlib
import json
import os
import sys
import time
import traceback
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from email.message import Message

    Handler = Callable[[Any, "Context"], Any]

_API = "/2018-06-01/runtime"
_INVOCATION_ID = "Lambda-Runtime-Invocation-Id"


class Context:
    """What a handler is told about its invocation.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    client_context = None
    identity = None

    def __init__(self, headers: Message) -> None:
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function's timeout."""
        return max(0, self._deadline_ms - int(time.time() * 1000))


def main() -> None:
    """Load the handler, then serve invocations until the Runtime API is gone."""
    # Not this file's folder: its modules are none of the function's.
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = _load(os.environ["_HANDLER"])
    except BaseException as error:
        _post(api, "/init/error", _described(error))
        raise
    while True:
        try:
            api.request("GET", f"{_API}/invocation/next")
            event = api.getresponse()
            payload = event.read()
        except (OSError, http.client.HTTPException):
            return
        _invoke(api, handler, payload, event.headers)


def _invoke(
    api: http.client.HTTPConnection, handler: Handler, payload: bytes, headers: Message
) -> None:
    context = Context(headers)
    os.environ["_X_AMZN_TRACE_ID"] = headers.get("Lambda-Runtime-Trace-Id") or ""
    answer = f"/invocation/{context.aws_request_id}"
    # Sent back, so that an answer that comes too late is not taken for the next invocation's.
    echo = {_INVOCATION_ID: headers.get(_INVOCATION_ID) or ""}
    try:
        result = _encoded(handler(json.loads(payload), context))
    except Exception as error:  # noqa: BLE001  whatever a handler raises is its answer
        traceback.print_exc()
        _post(api, f"{answer}/error", _described(error), echo)
    else:
        _post(api, f"{answer}/response", result, echo)


def _load(name: str) -> Handler:
    module, _, attribute = name.rpartition(".")
    loaded = importlib.import_module(module.replace("/", "."))
    handler: Handler = getattr(loaded, attribute)
    return handler


class MarshalError(Exception):
    """A handler returned what is not JSON."""


def _encoded(result: Any) -> bytes:
    try:
        return json.dumps(result).encode()
    except (TypeError, ValueError) as error:
        raise MarshalError(f"Unable to marshal response: {error}") from error


def _described(error: BaseException) -> bytes:
    name = type(error).__name__
    known = {
        "ImportError": "Runtime.ImportModuleError",
        "ModuleNotFoundError": "Runtime.ImportModuleError",
        "SyntaxError": "Runtime.UserCodeSyntaxError",
        "MarshalError": "Runtime.MarshalError",
    }
    trace = traceback.format_tb(error.__traceback__)
    description = {
        "errorType": known.get(name, name),
        "errorMessage": str(error),
        "stackTrace": trace,
    }
    return json.dumps(description).encode()


def _post(
    api: http.client.HTTPConnection,
    path: str,
    body: bytes,
    headers: Mapping[str, str] | None = None,
) -> None:
    api.request("POST", _API + path, body, {"Content-Type": "application/json", **(headers or {})})
    api.getresponse().read()


if __name__ == "__main__":
    main()
