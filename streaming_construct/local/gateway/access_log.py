"""The access log: one line for each request, in the format of the stage.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.local.gateway.context import (
    AuthorizerInvocation,
    IntegrationInvocation,
    RequestContext,
    ResponseError,
)
from streaming_construct.local.gateway.context_variables import JsonText, render_context_variables


@dataclass(frozen=True, kw_only=True)
class AccessLogRecord:
    """The outcome of a request; times are those of `time.monotonic`."""

    received_at: float = field(default_factory=time.monotonic)
    status: int | None = None
    sent_bytes: int = 0
    chunks: int = 0
    headers_sent_at: float | None = None
    first_byte_at: float | None = None
    integration: IntegrationInvocation | None = None
    authorizer: AuthorizerInvocation | None = None
    error: ResponseError | None = None

    @staticmethod
    def from_context(context: RequestContext) -> AccessLogRecord:
        """Return the record of a request whose response has ended."""
        writer = context.writer
        return AccessLogRecord(
            received_at=context.received_at,
            status=writer.status,
            sent_bytes=writer.sent_bytes,
            chunks=writer.chunks,
            headers_sent_at=writer.headers_sent_at,
            first_byte_at=writer.first_byte_at,
            integration=context.integration_invocation,
            authorizer=context.authorizer_invocation,
            error=context.error,
        )

    def build_variables(self) -> dict[str, Any]:
        """Return the `$context` variables of the outcome; times are in milliseconds."""
        integration = self.integration
        is_invoked = integration is not None and integration.started_at is not None
        latency = self._measure_since_invocation(integration.ended_at if integration else None)
        # The status of Lambda itself: 200 for an invocation, whatever the function returns.
        lambda_status = 200 if is_invoked else None
        request_id = integration.request_id if integration else None
        message = self.error.message if self.error else None
        integration_error = message if is_invoked else None
        return {
            "status": self.status,
            "responseLength": self.sent_bytes,
            "responseLatency": round((time.monotonic() - self.received_at) * 1000),
            "integrationLatency": latency,
            "integrationStatus": lambda_status,
            "awsEndpointRequestId": request_id,
            "integrationErrorMessage": integration_error,
            "error": {
                "message": message,
                "messageString": None if message is None else json.dumps(message),
                "responseType": self.error.response_type if self.error else None,
            },
            "integration": {
                "error": integration_error,
                "integrationStatus": lambda_status,
                "latency": latency,
                "requestId": request_id,
                "responseTransferMode": self._get_transfer_mode(),
                "status": integration.status if integration else None,
                "timeToAllHeaders": self._measure_since_invocation(self.headers_sent_at),
                "timeToFirstContent": self._measure_since_invocation(self.first_byte_at),
            },
        }

    def build_authorizer_variables(self) -> dict[str, Any]:
        """Return the `$context.authorizer` variables of the invocation."""
        if self.authorizer is None:
            return {}
        return {
            "status": self.authorizer.status,
            "latency": self.authorizer.latency_ms,
            "requestId": self.authorizer.request_id,
        }

    def _get_transfer_mode(self) -> str | None:
        if self.integration is None:
            return None
        is_stream = self.integration.integration.transfer_mode is TransferMode.STREAM
        return "STREAMED" if is_stream else "BUFFERED"

    def _measure_since_invocation(self, instant: float | None) -> int | None:
        if instant is None or self.integration is None or self.integration.started_at is None:
            return None
        return round((instant - self.integration.started_at) * 1000)


def format_access_log_line(
    template: str, request_context: Mapping[str, Any], record: AccessLogRecord, *, trace_id: str
) -> str:
    """Return one line; a variable without a value is a `-`.

    Values are escaped as within a JSON string, so that a format in JSON gives JSON. How API
    Gateway escapes a quote in a value is not documented.
    """
    authorizer = request_context.get("authorizer") or {}
    variables = {
        **request_context,
        **record.build_variables(),
        "authorizer": {**record.build_authorizer_variables(), **authorizer},
        "xrayTraceId": trace_id,
    }
    return render_context_variables(template, variables, unknown="-", escape=_escape)


def _escape(name: str, value: str) -> str:
    # The values that include their quotes.
    is_quoted = name.endswith("messageString") or isinstance(value, JsonText)
    return value if is_quoted else json.dumps(value, ensure_ascii=False)[1:-1]
