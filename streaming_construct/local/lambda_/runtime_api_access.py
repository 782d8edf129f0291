"""`RuntimeApiAccess`: the Runtime API serves only the processes of its environment.

Loopback has no users: each program of the machine, and each web page in a browser on it, can
connect to the port. The clients of AWS accept only `host:port`, so the address cannot contain a
secret.
"""

from __future__ import annotations

import logging
from weakref import WeakSet

from streaming_construct.local.http.headers import get_header
from streaming_construct.local.http.request import Request
from streaming_construct.local.lambda_.api_messages import ApiError
from streaming_construct.local.lambda_.processes.connection_owner import ConnectionOwners

_log = logging.getLogger(__name__)


class RuntimeApiAccess:
    """Checks the callers of the Runtime API at `address`, which is `host:port`.

    Args:
        address: The address, which the processes have as `AWS_LAMBDA_RUNTIME_API`.
        function: The function's name, for the log.
    """

    def __init__(self, address: str, function: str) -> None:
        self._address = address
        self._function = function
        self._owners = ConnectionOwners(f"AWS_LAMBDA_RUNTIME_API={address}")
        self._accepted: WeakSet[object] = WeakSet()

    async def check(self, request: Request) -> None:
        """Check the headers of a request, and once for each connection its process.

        Raises:
            ApiError: A web page or a process of another environment sent the request.
        """
        reason = self._find_header_error(request)
        if reason is None and request.connection not in self._accepted:
            if await self._owners.has_connection(
                client_port=request.peer_port, server_port=request.port
            ):
                self._accepted.add(request.connection)
            else:
                reason = "the client is not a process of the function's environment"
        if reason is not None:
            _log.warning(
                "the Runtime API of %s rejected %s %s: %s",
                self._function,
                request.method,
                request.target[:200],
                reason,
            )
            raise ApiError(403, "AccessDenied", reason)

    def _find_header_error(self, request: Request) -> str | None:
        host = get_header(request.headers, "host")
        if host != self._address:
            # A web site can make its own name resolve to this machine (DNS rebinding).
            return f"the Host header is {host!r}, not {self._address!r}"
        for name, _ in request.headers:
            if name.lower() == "origin" or name.lower().startswith("sec-fetch-"):
                return f"the header {name} shows that a web page sent the request"
        return None
