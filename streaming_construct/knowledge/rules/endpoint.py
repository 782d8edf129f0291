"""The endpoint: how long it lets a stream be silent, and who can reach it.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
"""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.knowledge.finding import Finding, warning
from streaming_construct.knowledge.limits import (
    STREAM_IDLE_SECONDS_EDGE,
    STREAM_IDLE_SECONDS_REGIONAL,
)
from streaming_construct.knowledge.model import ApiModel, EndpointType, TransferMode


def endpoint_findings(api: ApiModel) -> Iterator[Finding]:
    """Yield what may surprise about the endpoint of `api`."""
    streams = any(r.integration.transfer_mode is TransferMode.STREAM for r in api.routes)
    if api.endpoint_type is EndpointType.EDGE and streams:
        yield warning(
            "edge-idle-timeout",
            "the API",
            f"an edge-optimized endpoint cuts a stream that is silent for "
            f"{STREAM_IDLE_SECONDS_EDGE} s; a Regional one waits {STREAM_IDLE_SECONDS_REGIONAL} s",
            "use EndpointType.REGIONAL, or send a heartbeat at least every "
            f"{STREAM_IDLE_SECONDS_EDGE // 2} s",
        )
