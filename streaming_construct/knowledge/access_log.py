"""The access log line: what to write down of every request to a streaming REST API.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html and, for
the three variables of response streaming,
https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from streaming_construct.knowledge.finding import Finding, error
from streaming_construct.knowledge.limits import ACCESS_LOG_FORMAT_MAX_BYTES

STREAMING_ACCESS_LOG: Final = {
    "requestId": "$context.requestId",
    "extendedRequestId": "$context.extendedRequestId",
    "requestTime": "$context.requestTime",
    "requestTimeEpoch": "$context.requestTimeEpoch",
    "httpMethod": "$context.httpMethod",
    "path": "$context.path",
    "resourcePath": "$context.resourcePath",
    "protocol": "$context.protocol",
    "status": "$context.status",
    "responseLength": "$context.responseLength",
    "responseLatency": "$context.responseLatency",
    "ip": "$context.identity.sourceIp",
    "user": "$context.identity.user",
    "caller": "$context.identity.caller",
    "userAgent": "$context.identity.userAgent",
    "tlsVersion": "$context.tlsVersion",
    "cipherSuite": "$context.cipherSuite",
    "xrayTraceId": "$context.xrayTraceId",
    "errorMessage": "$context.error.message",
    "errorType": "$context.error.responseType",
    "integrationError": "$context.integration.error",
    "integrationStatus": "$context.integration.status",
    "integrationLatency": "$context.integration.latency",
    "integrationRequestId": "$context.integration.requestId",
    "responseTransferMode": "$context.integration.responseTransferMode",
    "timeToAllHeaders": "$context.integration.timeToAllHeaders",
    "timeToFirstContent": "$context.integration.timeToFirstContent",
}


def streaming_access_log_format() -> str:
    """Return the JSON log line of `STREAMING_ACCESS_LOG`; each value is quoted.

    A variable without a value is written as a bare `-`, which is JSON only inside quotes.
    """
    return json.dumps(STREAMING_ACCESS_LOG, separators=(",", ":"))


def access_log_findings(log_format: str, where: str) -> Iterator[Finding]:
    """Yield what API Gateway refuses about `log_format`."""
    size = len(log_format.encode())
    if size > ACCESS_LOG_FORMAT_MAX_BYTES:
        yield error(
            "access-log-format-invalid",
            where,
            f"the access log format has {size} bytes, and API Gateway takes "
            f"{ACCESS_LOG_FORMAT_MAX_BYTES}",
            "leave some of its fields out",
        )
    if "$context.requestId" not in log_format and "$context.extendedRequestId" not in log_format:
        yield error(
            "access-log-format-invalid",
            where,
            "the access log format names neither $context.requestId nor $context.extendedRequestId",
            "add one of them",
        )
