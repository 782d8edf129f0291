"""`Options`: under which conditions the gateway serves, as the command line offers them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from streaming_construct.aws.limits import FUNCTION_TIMEOUT_DEFAULT_SECONDS
from streaming_construct.model.api import ApiModel

# How long a function may run where no limit is enforced: longer than anybody looks at a debugger.
_UNLIMITED_FUNCTION_SECONDS: Final = 24 * 3600.0


@dataclass(frozen=True, kw_only=True)
class GatewayOptions:
    """How faithful, how fast and where an API is served.

    Args:
        limits: Whether the limits of sizes and times are enforced. Default: they are. Throttles,
            quotas and authorizers hold in any case.
        time_scale: What every time limit is divided by; bandwidths are multiplied by it. How long
            the gateway waits for a function to initialize stays as it is. Default: 1.
        bandwidth: Whether answers are slowed down to the bandwidth of Lambda and API Gateway.
            Default: they are not.
        coalesce_bytes: How many bytes of a streamed body are gathered before they are sent on.
            Default: 0, everything is sent at once.
        base_path: The base path of a custom domain name to serve under, without slashes. Default:
            none, the API is served under its stage.
        source_ip: The address that callers are said to come from, for the resource policy and for
            functions. Default: their own, which resource policies are not judged by.
        hosts: Names that requests may be sent to beside those of this machine, as behind a tunnel
            or from a container. Default: none, which keeps other sites' pages out.
        allowed_origins: Origins of web pages that may send requests, beside those of this machine
            and those that the preflight response of a resource names; `*` stands for all. Default:
            none.
        access_log: Whether the console shows the access log of the stage. Default: it shows a short
            line for each request. A stage without an access log has the short line in any case.
        quiet: Whether nothing is said of requests that go well. Default: they have a line each.
    """

    limits: bool = True
    time_scale: float = 1.0
    bandwidth: bool = False
    coalesce_bytes: int = 0
    base_path: str | None = None
    source_ip: str | None = None
    hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    access_log: bool = False
    quiet: bool = False

    @property
    def throttles_stream(self) -> bool:
        """Whether a streamed body is held back or slowed down at all."""
        return self.bandwidth or self.coalesce_bytes > 0


def with_scaled_functions(api: ApiModel, options: GatewayOptions) -> ApiModel:
    """Return the API with its functions' timeouts as the options want them."""

    def seconds(timeout: float | None) -> float:
        if not options.limits:
            return _UNLIMITED_FUNCTION_SECONDS
        seconds = FUNCTION_TIMEOUT_DEFAULT_SECONDS if timeout is None else timeout
        return seconds / options.time_scale

    if options.limits and options.time_scale == 1:
        return api
    return replace(
        api,
        functions={
            name: replace(function, timeout_seconds=seconds(function.timeout_seconds))
            for name, function in api.functions.items()
        },
    )
