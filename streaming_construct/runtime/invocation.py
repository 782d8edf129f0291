"""One invocation as the Runtime API hands it out."""

from __future__ import annotations

import os

from streaming_construct.runtime.errors import LambdaError
from streaming_construct.runtime.lambda_context import LambdaContext

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TRACE_VARIABLE = "_X_AMZN_TRACE_ID"


class _JsonSettings:
    """Settings of the scanner, which are those of `json.loads`."""

    strict = True
    object_hook = object_pairs_hook = None
    parse_int = int
    parse_float = parse_constant = float


_settings: Any = _JsonSettings
try:
    # Not `json`, which imports `re` and `enum`: they take longer than this whole runtime.
    from _json import make_scanner

    _scan: Any = make_scanner(_settings)
except (AttributeError, ImportError):  # another version of Python
    from json import JSONDecoder

    _scan = JSONDecoder().raw_decode


class Invocation:
    """The response of `/invocation/next`.

    Args:
        headers: The response's headers by lower-case name.
        body: The event, as JSON.
    """

    __slots__ = ("_headers", "body", "deadline_ms", "id", "request_id", "trace_id")

    def __init__(self, headers: dict[str, str], body: bytes) -> None:
        self._headers = headers
        self.body = body
        self.request_id = headers["lambda-runtime-aws-request-id"]
        # Since 2026; names this attempt. A response that echoes a stale one gets status 410.
        self.id = headers.get("lambda-runtime-invocation-id")
        self.trace_id = headers.get("lambda-runtime-trace-id")
        self.deadline_ms = int(headers.get("lambda-runtime-deadline-ms") or 0)

    @property
    def tenant_id(self) -> str | None:
        """The tenant of a function with tenant isolation."""
        return self._headers.get("lambda-runtime-aws-tenant-id")

    def set_trace_id(self) -> None:
        """Put the X-Ray trace header where AWS's SDKs look for it."""
        if self.trace_id:
            os.environ[_TRACE_VARIABLE] = self.trace_id
        else:
            os.environ.pop(_TRACE_VARIABLE, None)

    def read_event(self) -> Any:
        """Return the event.

        Raises:
            LambdaError: It is not JSON.
        """
        try:
            return _decode(self.body)
        except ValueError as error:
            raise LambdaError(
                "Runtime.UnmarshalError", f"Unable to unmarshal input: {error}"
            ) from error

    def create_context(self) -> LambdaContext:
        """Return the handler's second argument.

        Raises:
            LambdaError: The client context or the Cognito identity is not JSON.
        """
        return LambdaContext(
            self.request_id,
            client_context=_parse_json_header(
                self._headers, "lambda-runtime-client-context", "Client Context"
            ),
            cognito_identity=_parse_json_header(
                self._headers, "lambda-runtime-cognito-identity", "Cognito Identity"
            ),
            deadline_ms=self.deadline_ms,
            invoked_function_arn=self._headers.get("lambda-runtime-invoked-function-arn"),
            tenant_id=self.tenant_id,
        )


def _decode(body: bytes) -> Any:
    """Parse JSON as `json.loads` does; most events take one call in place of five."""
    try:
        text = body.decode()
        value, end = _scan(text, 0)
        if end == len(text):
            return value
    except (StopIteration, SystemError, ValueError):
        # `json.loads` raises the error with its message. Without `json`, the scanner has no type
        # for its own error, and the interpreter raises SystemError.
        pass
    import json

    return json.loads(body)


def _parse_json_header(headers: dict[str, str], header: str, name: str) -> dict[str, Any] | None:
    if not headers.get(header):
        return None
    try:
        value: dict[str, Any] = _decode(headers[header].encode())
    except ValueError as error:
        raise LambdaError(
            "Runtime.LambdaContextUnmarshalError", f"Unable to parse {name} JSON: {error}"
        ) from error
    return value
