"""The context object: the second argument of a handler.

https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
"""

from __future__ import annotations

import os
import time

from streaming_construct.runtime.logs import log_sink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_W3C_FIELDS = ("traceparent", "tracestate", "baggage")
FUNCTION = {
    name.lower(): os.environ.get(f"AWS_LAMBDA_{name}")
    for name in ("LOG_GROUP_NAME", "LOG_STREAM_NAME", "FUNCTION_NAME", "FUNCTION_VERSION")
}
"""Attributes of each context, read once: an access to `os.environ` encodes and decodes."""
FUNCTION["memory_limit_in_mb"] = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")


class LambdaContext:
    """Context object of an invocation, with the attributes of Lambda's.

    Raises:
        AttributeError: The client context or the Cognito identity is no JSON object.
    """

    log_group_name: str | None
    log_stream_name: str | None
    function_name: str | None
    function_version: str | None
    memory_limit_in_mb: str | None
    # Set by the runtime that streams; see `stream_in_call`.
    send_items: Callable[[Any], Any]

    def __init__(
        self,
        request_id: str,
        *,
        client_context: dict[str, Any] | None = None,
        cognito_identity: dict[str, Any] | None = None,
        deadline_ms: int = 0,
        invoked_function_arn: str | None = None,
        tenant_id: str | None = None,
    ) -> None:
        self.aws_request_id = request_id
        vars(self).update(FUNCTION)
        self.invoked_function_arn = invoked_function_arn
        self.tenant_id = tenant_id
        w3c = client_context.pop("w3c", None) if isinstance(client_context, dict) else None
        self._w3c_fields = w3c if isinstance(w3c, dict) else {}
        self.client_context = None if client_context is None else ClientContext(client_context)
        identity = {} if cognito_identity is None else cognito_identity
        self.identity = CognitoIdentity(
            {
                "cognito_identity_id": identity.get("cognitoIdentityId"),
                "cognito_identity_pool_id": identity.get("cognitoIdentityPoolId"),
            }
        )
        self._epoch_deadline_time_in_ms = deadline_ms

    @property
    def deadline_ms(self) -> int:
        """When Lambda ends this invocation, in milliseconds of the Unix epoch."""
        return self._epoch_deadline_time_in_ms

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until Lambda ends this invocation, never below 0."""
        return max(0, self._epoch_deadline_time_in_ms - int(time.time() * 1000))

    def w3c(self) -> dict[str, str]:
        """Return the W3C trace context of the call: traceparent, tracestate, baggage."""
        return {k: v for k in _W3C_FIELDS if isinstance(v := self._w3c_fields.get(k), str)}

    def log(self, message: object) -> None:
        """Write a message to the function's log as it is, without a line end."""
        log_sink.write_text(str(message))

    def __repr__(self) -> str:
        names = (
            "aws_request_id", "log_group_name", "log_stream_name", "function_name",
            "memory_limit_in_mb", "function_version", "invoked_function_arn", "client_context",
            "identity", "tenant_id",
        )  # fmt: skip
        return _format_fields(self, names)


class _Fields:
    """An object whose attributes are named by its slots; a missing member is None."""

    __slots__: tuple[str, ...] = ()

    def __init__(self, values: dict[str, Any]) -> None:
        for name in self.__slots__:
            setattr(self, name, values.get(name))

    def __repr__(self) -> str:
        return _format_fields(self, self.__slots__)

    def to_dict(self) -> dict[str, Any]:
        """Return names and values, those of an object within as a dict."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {n: v.to_dict() if isinstance(v, _Fields) else v for n, v in values.items()}


class CognitoIdentity(_Fields):
    """The Amazon Cognito identity that authorized the request; its members are None without one."""

    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")

    cognito_identity_id: str | None
    cognito_identity_pool_id: str | None


class Client(_Fields):
    """The client application, as AWS's mobile SDKs describe it."""

    __slots__ = (
        "app_package_name", "app_title", "app_version_code", "app_version_name", "installation_id"
    )  # fmt: skip

    def __repr__(self) -> str:
        names = (
            "installation_id", "app_title", "app_version_name", "app_version_code",
            "app_package_name",
        )  # fmt: skip
        return _format_fields(self, names)


class ClientContext(_Fields):
    """Client context of the caller."""

    __slots__ = ("client", "custom", "env")

    client: Client | None
    custom: object
    env: object

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__(values)
        client = values.get("client")
        self.client = None if client is None else Client(client)

    def __repr__(self) -> str:
        return _format_fields(self, ("custom", "env", "client"))


def _format_fields(value: object, names: tuple[str, ...]) -> str:
    fields = ",".join(f"{name}={getattr(value, name)}" for name in names)
    return f"{type(value).__name__}([{fields}])"
