"""One invocation as the Runtime API hands it out, and the context object a handler gets of it."""

from __future__ import annotations

import json
import os
import sys
import time
from types import SimpleNamespace

from streaming_construct.runtime.errors import LambdaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_W3C_FIELDS = ("traceparent", "tracestate", "baggage")
_CLIENT_FIELDS = (
    "installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"
)  # fmt: skip


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

    def event(self) -> Any:
        """Returns the event.

        Raises:
            LambdaError: It is not JSON.
        """
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise LambdaError(
                "Runtime.UnmarshalError", f"Unable to unmarshal input: {error}"
            ) from error

    def context(self) -> Context:
        """Returns the handler's second argument.

        Raises:
            LambdaError: The client context or the Cognito identity is not JSON.
        """
        return Context(
            self,
            self._headers.get("lambda-runtime-invoked-function-arn", ""),
            _parse_json_header(self._headers, "lambda-runtime-client-context", "Client Context"),
            _parse_json_header(self._headers, "lambda-runtime-cognito-identity", "Cognito Identity")
            or {},
        )


def _parse_json_header(headers: dict[str, str], header: str, name: str) -> dict[str, Any] | None:
    if not headers.get(header):
        return None
    try:
        value: dict[str, Any] = json.loads(headers[header])
    except ValueError as error:
        raise LambdaError(
            "Runtime.LambdaContextUnmarshalError", f"Unable to parse {name} JSON: {error}"
        ) from error
    return value


class Context:
    """What a handler may ask about its invocation; the attributes are those of Lambda's own.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
    function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
    memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
    log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
    log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")

    def __init__(
        self,
        invocation: Invocation,
        arn: str,
        client: dict[str, Any] | None,
        identity: dict[str, Any],
    ) -> None:
        self.aws_request_id = invocation.request_id
        self.invoked_function_arn = arn
        self.tenant_id = invocation.tenant_id
        self.identity = SimpleNamespace(
            cognito_identity_id=identity.get("cognitoIdentityId"),
            cognito_identity_pool_id=identity.get("cognitoIdentityPoolId"),
        )
        self._deadline_ms = invocation.deadline_ms
        w3c = client.pop("w3c", None) if client else None
        self._w3c = w3c if isinstance(w3c, dict) else {}
        self.client_context = client and _client_context(client)

    def get_remaining_time_in_millis(self) -> int:
        """Returns the milliseconds until Lambda ends this invocation, never below 0."""
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def w3c(self) -> dict[str, str]:
        """Returns the W3C trace context of the call: traceparent, tracestate, baggage."""
        return {k: v for k in _W3C_FIELDS if isinstance(v := self._w3c.get(k), str)}

    def log(self, message: object) -> None:
        """Writes a message to the function's log as it is."""
        sys.stdout.write(str(message))


def _client_context(values: dict[str, Any]) -> SimpleNamespace:
    client = values.get("client") or {}
    return SimpleNamespace(
        custom=values.get("custom"),
        env=values.get("env"),
        client=SimpleNamespace(**{name: client.get(name) for name in _CLIENT_FIELDS}),
    )
