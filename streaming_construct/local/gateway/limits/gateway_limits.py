"""`GatewayLimits`: the sizes and times of API Gateway, as the options scale them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from streaming_construct.aws import limits
from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.local.gateway.options import GatewayOptions
from streaming_construct.model.api import EndpointType
from streaming_construct.model.integrations import Integration


@dataclass(frozen=True, kw_only=True)
class GatewayLimits:
    """Sizes in bytes and times in seconds; infinity is no limit.

    `integration_scale` is what the timeout of an integration is multiplied by, `time_factor` what
    every other time of the template is. Responses of `debugged_functions` have no limits of time.
    """

    request_bytes: float = limits.REQUEST_MAX_BYTES
    request_headers_bytes: float = limits.REQUEST_HEADERS_MAX_BYTES
    payload_bytes: float = limits.FUNCTION_PAYLOAD_MAX_BYTES
    stream_bytes: float = limits.FUNCTION_STREAM_MAX_BYTES
    stream_seconds: float = limits.STREAM_MAX_SECONDS
    idle_seconds: float = limits.STREAM_IDLE_SECONDS_REGIONAL
    authorizer_seconds: float = limits.INTEGRATION_TIMEOUT_DEFAULT_MS / 1000
    integration_scale: float = 1.0
    time_factor: float = 1.0
    debugged_functions: frozenset[str] = frozenset()

    @staticmethod
    def from_options(endpoint_type: EndpointType, options: GatewayOptions) -> GatewayLimits:
        """Return the limits of an endpoint type."""
        if not options.limits:
            return GatewayLimits(
                request_bytes=math.inf,
                request_headers_bytes=math.inf,
                payload_bytes=math.inf,
                stream_bytes=math.inf,
                stream_seconds=math.inf,
                idle_seconds=math.inf,
                authorizer_seconds=math.inf,
                integration_scale=math.inf,
                time_factor=1 / options.time_scale,
            )
        idle, headers = limits.STREAM_IDLE_SECONDS_REGIONAL, limits.REQUEST_HEADERS_MAX_BYTES
        if endpoint_type is EndpointType.EDGE:
            idle = limits.STREAM_IDLE_SECONDS_EDGE
        if endpoint_type is EndpointType.PRIVATE:
            headers = limits.REQUEST_HEADERS_MAX_BYTES_PRIVATE
        scale = 1 / options.time_scale
        return GatewayLimits(
            request_headers_bytes=headers,
            stream_seconds=limits.STREAM_MAX_SECONDS * scale,
            idle_seconds=idle * scale,
            authorizer_seconds=limits.INTEGRATION_TIMEOUT_DEFAULT_MS / 1000 * scale,
            integration_scale=scale,
            time_factor=scale,
            debugged_functions=options.debugged_functions,
        )

    def get_response_timeout(self, integration: Integration) -> float:
        """Return the seconds between a request and the last byte of its response."""
        if integration.function in self.debugged_functions:
            return math.inf
        timeout = integration.timeout_ms or limits.INTEGRATION_TIMEOUT_DEFAULT_MS
        return min(timeout / 1000 * self.integration_scale, self.stream_seconds)

    def get_idle_timeout(self, integration: Integration) -> float:
        """Return the seconds between two chunks of a response; infinity for a buffered one."""
        if integration.function in self.debugged_functions:
            return math.inf
        streamed = integration.transfer_mode is TransferMode.STREAM
        return self.idle_seconds if streamed else math.inf
