"""`Options`: under which conditions the gateway serves, as the command line offers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from streaming_construct.aws.limits import FUNCTION_TIMEOUT_DEFAULT_SECONDS
from streaming_construct.model.api import ApiModel

# The longest run of a function without enforced limits: long enough for a debugger session.
_UNLIMITED_FUNCTION_SECONDS: Final = 24 * 3600.0


@dataclass(frozen=True, kw_only=True)
class GatewayOptions:
    """Options of the local gateway.

    Args:
        limits: Whether to enforce the limits of sizes and times. Throttles, quotas and authorizers
            apply in any case. Default: True.
        time_scale: The divisor of all time limits and the factor of all bandwidths. It does not
            scale the limit of a function's initialization. Default: 1.
        bandwidth: Whether to simulate the bandwidth of Lambda and API Gateway. Default: False.
        coalesce_bytes: The number of bytes of a streamed body to buffer before they are sent.
            Default: 0, which sends each chunk at once.
        base_path: The base path of a custom domain name, without slashes, instead of the stage.
            Empty: the root of the domain name. Default: none.
        source_ip: The client address for resource policies and functions. Default: the address of
            the connection, to which the gateway does not apply resource policies.
        hosts: Further Host headers to accept, for example of a tunnel or a container.
            Default: none, which rejects requests of other sites' pages.
        allowed_origins: Origins of web pages that may send requests. Those of this machine may, and
            those that the preflight response of a resource allows. `*` stands for all.
            Default: none.
        issuers: URLs on loopback of OpenID providers, by the issuers of JWT authorizers that they
            stand for. The gateway reads their key sets. Default: none.
        debugged_functions: The ids of the functions under a debugger, which have no limits of time.
            Default: none.
        access_log: Whether the console shows the access log of the stage instead of a short line
            for each request. A stage without an access log has the short line in any case.
            Default: False.
        quiet: Whether to omit the lines of successful requests. Default: False.
    """

    limits: bool = True
    time_scale: float = 1.0
    bandwidth: bool = False
    coalesce_bytes: int = 0
    base_path: str | None = None
    source_ip: str | None = None
    hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    debugged_functions: frozenset[str] = frozenset()
    access_log: bool = False
    issuers: Mapping[str, str] = field(default_factory=dict)
    quiet: bool = False

    @property
    def throttles_stream(self) -> bool:
        """Whether the gateway delays or slows a streamed body."""
        return self.bandwidth or self.coalesce_bytes > 0


def scale_functions(api: ApiModel, options: GatewayOptions) -> ApiModel:
    """Return the API with its functions' timeouts as the options want them."""

    def scale_seconds(function_id: str, timeout: float | None) -> float:
        if not options.limits or function_id in options.debugged_functions:
            return _UNLIMITED_FUNCTION_SECONDS
        seconds = FUNCTION_TIMEOUT_DEFAULT_SECONDS if timeout is None else timeout
        return seconds / options.time_scale

    if options.limits and options.time_scale == 1 and not options.debugged_functions:
        return api
    return replace(
        api,
        functions={
            name: replace(function, timeout_seconds=scale_seconds(name, function.timeout_seconds))
            for name, function in api.functions.items()
        },
    )
