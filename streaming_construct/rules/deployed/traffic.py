"""Rules on recent requests in the access log.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html
and https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Final

from streaming_construct.aws.limits import STREAM_TIMEOUT_MAX_MS
from streaming_construct.model.subject import Subject
from streaming_construct.observability.access_log_parser import AccessLogEntry
from streaming_construct.rules.checks.permissions import PERMISSION_MISSING
from streaming_construct.rules.rule import Finding, Rule, Severity

REQUESTS_BUFFERED: Final = Rule(
    id="requests-buffered",
    severity=Severity.ERROR,
    title="Requests buffered on a streamed route",
    what="The access log records `BUFFERED` for requests to a streamed route.",
    why="The access log is the only place where API Gateway records the transfer mode it used.",
    fix=(
        "Deploy the API to the stage again. If requests stay buffered, compare the `uri` and "
        "`responseTransferMode` of the integration with what the stage serves."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html",
    tags=frozenset({"streaming", "doctor"}),
)

REQUESTS_THROTTLED: Final = Rule(
    id="requests-throttled",
    severity=Severity.WARNING,
    title="Requests throttled",
    what="API Gateway recently returned 429 for requests.",
    why="The requests reached the throttle of the route, stage, usage plan, or account.",
    fix=(
        "Raise the throttle of the route, the stage, or the usage plan, or the quota of the "
        "account. Suppress the finding if you intend the limit."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html",
    tags=frozenset({"throttling", "doctor"}),
)

REQUESTS_BLOCKED: Final = Rule(
    id="requests-blocked",
    severity=Severity.WARNING,
    title="Requests blocked by AWS WAF",
    what="AWS WAF recently blocked requests.",
    why="Blocked requests do not reach the function, so its log does not show them.",
    fix="Find the rule in the web ACL's sampled requests.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-aws-waf.html",
    tags=frozenset({"access", "doctor"}),
)

INTEGRATION_TIMEOUTS: Final = Rule(
    id="integration-timeouts",
    severity=Severity.WARNING,
    title="Integration timeouts",
    what="Requests recently ended at the integration timeout.",
    why="The default integration timeout of 29 seconds applies to streams too.",
    fix=(
        "Raise the integration timeout (`timeoutInMillis`) and the function timeout. A "
        "streamed route allows 900000 ms."
    ),
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-troubleshoot.html",
    tags=frozenset({"timeout", "doctor"}),
)

REQUESTS_FAILED: Final = Rule(
    id="requests-failed",
    severity=Severity.ERROR,
    title="Requests failed",
    what="API Gateway recently returned server errors other than timeouts.",
    why=(
        "The function failed or returned a response that API Gateway cannot read. A function "
        "that does not stream fails this way on a streamed route."
    ),
    fix="Read the function's log, which a later finding may quote.",
    source_url="https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html",
    tags=frozenset({"function", "doctor"}),
)

_NO_PERMISSION: Final = ("permission", "not authorized", "AccessDenied", "cannot be assumed")


def check_traffic(
    requests: Iterable[AccessLogEntry], streamed: AbstractSet[Subject]
) -> Iterator[Finding]:
    """Yield the errors of `requests`; `streamed` are the routes that should have streamed.

    The route of all methods is `Subject("route", "ANY /chat")`.
    """
    logged = list(requests)
    for subject, affected, total in _group_by_route(
        logged, lambda entry: _is_buffered(entry, streamed)
    ):
        yield REQUESTS_BUFFERED.at(
            subject,
            f"{len(affected)} of {total} recent responses were buffered, although the route is set "
            "to stream",
        )
    for subject, affected, total in _group_by_route(logged, _is_throttled):
        yield REQUESTS_THROTTLED.at(
            subject, f"{len(affected)} of {total} recent requests were throttled with a 429"
        )
    for subject, affected, total in _group_by_route(logged, _is_filtered):
        yield REQUESTS_BLOCKED.at(
            subject, f"{len(affected)} of {total} recent requests were blocked by AWS WAF"
        )
    for subject, affected, total in _group_by_route(logged, _is_timed_out):
        yield INTEGRATION_TIMEOUTS.at(
            subject,
            f"{len(affected)} of {total} recent requests ended at the integration's timeout",
            fix=(
                f"Raise timeoutInMillis (a streamed route may take {STREAM_TIMEOUT_MAX_MS} "
                "ms), and the function's timeout with it."
            ),
        )
    for subject, affected, total in _group_by_route(logged, _is_invoke_permission_error):
        yield PERMISSION_MISSING.at(
            subject,
            f"{len(affected)} of {total} recent requests failed because API Gateway may not invoke "
            f"the function: {affected[-1].error}",
            fix=(
                "Allow lambda:InvokeFunction, to the integration's credentials role or in the "
                "function's resource policy."
            ),
        )
    for subject, affected, total in _group_by_route(logged, _is_failed):
        yield REQUESTS_FAILED.at(
            subject,
            f"{len(affected)} of {total} recent requests failed with a {affected[-1].status}"
            + (f": {affected[-1].error}" if affected[-1].error else ""),
        )


def _group_by_route(
    requests: list[AccessLogEntry], concerned: Callable[[AccessLogEntry], bool]
) -> Iterator[tuple[Subject, list[AccessLogEntry], int]]:
    """Yield each route with the requests that are concerned, and how many it had in all."""
    routes: dict[Subject, list[AccessLogEntry]] = {}
    for request in requests:
        routes.setdefault(request.route, []).append(request)
    for subject, logged in sorted(routes.items()):
        if affected := [request for request in logged if concerned(request)]:
            yield subject, affected, len(logged)


def _is_buffered(request: AccessLogEntry, streamed: AbstractSet[Subject]) -> bool:
    names = {request.route, Subject("route", f"ANY {request.path}")}
    return request.transfer_mode == "BUFFERED" and bool(names & streamed)


def _is_throttled(request: AccessLogEntry) -> bool:
    return request.status == 429 or request.error_type in {"THROTTLED", "QUOTA_EXCEEDED"}


def _is_filtered(request: AccessLogEntry) -> bool:
    return request.error_type == "WAF_FILTERED"


def _is_timed_out(request: AccessLogEntry) -> bool:
    return request.status == 504 or request.error_type == "INTEGRATION_TIMEOUT"


def _is_invoke_permission_error(request: AccessLogEntry) -> bool:
    error = request.error or ""
    return _is_server_error(request) and any(word in error for word in _NO_PERMISSION)


def _is_failed(request: AccessLogEntry) -> bool:
    return (
        _is_server_error(request)
        and not _is_timed_out(request)
        and not _is_invoke_permission_error(request)
    )


def _is_server_error(request: AccessLogEntry) -> bool:
    return request.status is not None and request.status >= 500
