"""The default format of the access log of a streaming REST API, and its variables.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html and, for
the three variables of response streaming,
https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html
"""

from __future__ import annotations

import json
from typing import Final

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


def build_streaming_access_log_format() -> str:
    """Return the JSON log line of `STREAMING_ACCESS_LOG`; each value is quoted.

    A variable without a value is written as a bare `-`, which is JSON only inside quotes.
    """
    return json.dumps(STREAMING_ACCESS_LOG, separators=(",", ":"))


METHOD: Final = "$context.httpMethod"
RESOURCE: Final = "$context.resourcePath"
STATUS: Final = "$context.status"
SOURCE_IP: Final = "$context.identity.sourceIp"
REQUEST_ID: Final = "$context.requestId"
LENGTH: Final = "$context.responseLength"
ERROR: Final = "$context.error.message"
ERROR_TYPE: Final = "$context.error.responseType"
INTEGRATION_ERROR: Final = "$context.integration.error"
# From the connection to the function until its stream has ended.
INTEGRATION_LATENCY: Final = "$context.integration.latency"
# `STREAMED` or `BUFFERED`.
MODE: Final = "$context.integration.responseTransferMode"
TIME_TO_HEADERS: Final = "$context.integration.timeToAllHeaders"
TIME_TO_CONTENT: Final = "$context.integration.timeToFirstContent"

# The text that API Gateway writes for a variable without a value.
EMPTY_VALUE: Final = "-"
