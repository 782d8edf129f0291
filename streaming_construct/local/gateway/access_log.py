"""The access log: one line a request, in the format of the template's stage.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.local.gateway.context_variables import render_context_variables
from streaming_construct.model.integrations import Integration


@dataclass
class AccessLogRecord:
    """What became of a request, noted as it happens; times are in seconds on one clock.

    `integration_status` is the status in the function's answer, not Lambda's own.
    """

    received_at: float = field(default_factory=time.monotonic)
    status: int | None = None
    sent_bytes: int = 0
    integration: Integration | None = None
    integration_status: int | None = None
    integration_request_id: str | None = None
    invoked_at: float | None = None
    headers_sent_at: float | None = None
    first_byte_at: float | None = None
    integration_ended: float | None = None
    authorizer_status: int | None = None
    authorizer_latency: int | None = None
    authorizer_request_id: str | None = None
    error: str | None = None
    error_kind: str | None = None

    def context(self) -> dict[str, Any]:
        """Return the `$context` variables that only the outcome gives; milliseconds for times."""
        latency = self._since_invoked(self.integration_ended)
        # Lambda's own: it answers an invocation with 200, whatever the function makes of it.
        lambda_status = None if self.invoked_at is None else 200
        return {
            "status": self.status,
            "responseLength": self.sent_bytes,
            "responseLatency": round((time.monotonic() - self.received_at) * 1000),
            "integrationLatency": latency,
            "integrationStatus": lambda_status,
            "awsEndpointRequestId": self.integration_request_id,
            "integrationErrorMessage": self.error if self.invoked_at is not None else None,
            "error": {
                "message": self.error,
                "messageString": None if self.error is None else json.dumps(self.error),
                "responseType": self.error_kind,
            },
            "integration": {
                "error": self.error if self.invoked_at is not None else None,
                "integrationStatus": lambda_status,
                "latency": latency,
                "requestId": self.integration_request_id,
                "responseTransferMode": self._transfer_mode(),
                "status": self.integration_status,
                "timeToAllHeaders": self._since_invoked(self.headers_sent_at),
                "timeToFirstContent": self._since_invoked(self.first_byte_at),
            },
        }

    def authorizer(self) -> dict[str, Any]:
        """Return what is known of the authorizer's answer, beside what it said of the caller."""
        return {
            "status": self.authorizer_status,
            "latency": self.authorizer_latency,
            "requestId": self.authorizer_request_id,
        }

    def _transfer_mode(self) -> str | None:
        if self.integration is None:
            return None
        return "STREAMED" if self.integration.transfer_mode is TransferMode.STREAM else "BUFFERED"

    def _since_invoked(self, moment: float | None) -> int | None:
        if moment is None or self.invoked_at is None:
            return None
        return round((moment - self.invoked_at) * 1000)


def access_log_line(
    template: str, request_context: Mapping[str, Any], exchange: AccessLogRecord, *, trace_id: str
) -> str:
    """Write one line; a variable without a value is a `-`.

    Values are escaped as within a JSON string, so that a format in JSON gives JSON. What API
    Gateway makes of a quote in a value is not documented.
    """
    context = {
        **request_context,
        **exchange.context(),
        "authorizer": {**exchange.authorizer(), **(request_context.get("authorizer") or {})},
        "xrayTraceId": trace_id,
    }
    return render_context_variables(template, context, unknown="-", escape=_escaped)


def _escaped(name: str, value: str) -> str:
    # The one variable that has its own quotes around it.
    own_quotes = name.endswith("messageString")
    return value if own_quotes else json.dumps(value, ensure_ascii=False)[1:-1]
