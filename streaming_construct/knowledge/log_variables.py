"""The variables of an access log that tell how a request fared.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
and, for those of response streaming,
https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html
"""

from __future__ import annotations

from typing import Final

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

# What is written of a variable that has no value.
NO_VALUE: Final = "-"
