"""What the access log says of recent requests.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html
and https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from streaming_construct.aws.limits import STREAM_TIMEOUT_MAX_MS
from streaming_construct.observability.access_log_parser import AccessLogEntry
from streaming_construct.rules.finding import Finding, error, warning

_NO_PERMISSION: Final = ("permission", "not authorized", "AccessDenied", "cannot be assumed")


def traffic_findings(
    requests: Iterable[AccessLogEntry], streamed: AbstractSet[str]
) -> Iterator[Finding]:
    """Yield what is wrong with `requests`; `streamed` are the routes that should have streamed.

    Routes are written `route POST /chat`, the one that serves every method `route ANY /chat`.
    """
    logged = list(requests)
    for where, found, all_ in _by_route(logged, lambda each: _buffered(each, streamed)):
        yield error(
            "requests-buffered",
            where,
            f"{len(found)} of {all_} recent answers were held back until they were whole, though "
            "the route is to stream",
            "deploy the API to the stage again; if it goes on, compare the integration's uri and "
            "responseTransferMode with what the stage serves",
        )
    for where, found, all_ in _by_route(logged, _throttled):
        yield warning(
            "requests-throttled",
            where,
            f"{len(found)} of {all_} recent requests were refused with a 429",
            "raise the throttle of the route, the stage or the usage plan, or the account's quota",
        )
    for where, found, all_ in _by_route(logged, _filtered):
        yield warning(
            "requests-blocked",
            where,
            f"{len(found)} of {all_} recent requests were refused by AWS WAF",
            "see which rule did it among the web ACL's sampled requests",
        )
    for where, found, all_ in _by_route(logged, _timed_out):
        yield warning(
            "requests-cut-off",
            where,
            f"{len(found)} of {all_} recent requests ended at the integration's timeout",
            f"raise timeoutInMillis (a streamed route may take {STREAM_TIMEOUT_MAX_MS} ms), and "
            "the function's timeout with it",
        )
    for where, found, all_ in _by_route(logged, _invoke_permission_errors):
        yield error(
            "permission-missing",
            where,
            f"{len(found)} of {all_} recent requests failed because API Gateway may not invoke "
            f"the function: {found[-1].error}",
            "allow lambda:InvokeFunction, to the integration's credentials role or in the "
            "function's resource policy",
        )
    for where, found, all_ in _by_route(logged, _failed):
        yield error(
            "requests-failed",
            where,
            f"{len(found)} of {all_} recent requests were answered with a {found[-1].status}"
            + (f": {found[-1].error}" if found[-1].error else ""),
            "see the function's log, which a finding below may quote; a function that does not "
            "stream fails in this way on a streamed route",
        )


def _by_route(
    requests: list[AccessLogEntry], concerned: Callable[[AccessLogEntry], bool]
) -> Iterator[tuple[str, list[AccessLogEntry], int]]:
    """Yield each route with the requests that are concerned, and how many it had in all."""
    routes: dict[str, list[AccessLogEntry]] = {}
    for request in requests:
        routes.setdefault(request.route, []).append(request)
    for where, logged in sorted(routes.items()):
        if found := [request for request in logged if concerned(request)]:
            yield where, found, len(logged)


def _buffered(request: AccessLogEntry, streamed: AbstractSet[str]) -> bool:
    names = {request.route, f"route ANY {request.path}"}
    return request.transfer_mode == "BUFFERED" and bool(names & streamed)


def _throttled(request: AccessLogEntry) -> bool:
    return request.status == 429 or request.error_type in {"THROTTLED", "QUOTA_EXCEEDED"}


def _filtered(request: AccessLogEntry) -> bool:
    return request.error_type == "WAF_FILTERED"


def _timed_out(request: AccessLogEntry) -> bool:
    return request.status == 504 or request.error_type == "INTEGRATION_TIMEOUT"


def _invoke_permission_errors(request: AccessLogEntry) -> bool:
    said = request.error or ""
    return _server_error(request) and any(word in said for word in _NO_PERMISSION)


def _failed(request: AccessLogEntry) -> bool:
    return (
        _server_error(request)
        and not _timed_out(request)
        and not _invoke_permission_errors(request)
    )


def _server_error(request: AccessLogEntry) -> bool:
    return request.status is not None and request.status >= 500
