"""Runs cases against a target, and reports what they show."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from threading import Lock
from typing import Final

from streaming_construct.terminal import Status
from streaming_construct.verify.case import Case, Facts
from streaming_construct.verify.client import send_request
from streaming_construct.verify.exchange import Exchange
from streaming_construct.verify.facts import Observation, needs_log_record, observe
from streaming_construct.verify.report import CaseResult, Difference, Outcome, VerifyReport
from streaming_construct.verify.target import CredentialError, Target

CONCURRENT_CASES: Final = 8
# Beyond the expected duration: cold starts, and a slow machine.
_EXTRA_SECONDS: Final = 30.0

Progress = Callable[[Case, CaseResult], None]
"""Receives each result when its case has ended, from one thread at a time."""


def count_results(status: Status, total: int, progress: Progress) -> Progress:
    """Return a function that counts the results in the text of a status, and passes them on."""
    numbers = itertools.count(1)

    def count(case: Case, result: CaseResult) -> None:
        status.text = f"{next(numbers)} of {total} cases"
        progress(case, result)

    return count


@dataclass(frozen=True)
class _NotRunError(Exception):
    """Why a case cannot be settled."""

    reason: str


def run_cases(
    target: Target,
    cases: Sequence[Case],
    *,
    versions: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    concurrency: int = CONCURRENT_CASES,
) -> VerifyReport:
    """Run cases against a target.

    Cases overlap, because most of their time is waiting. Exclusive cases run one by one after the
    others. So does the second attempt of a case that differs, because load can change times.

    Args:
        target: The API.
        cases: The cases, in the order of the report.
        versions: The versions of the programs that matter. Default: none.
        progress: Receives each result. Default: nothing does.
        concurrency: How many cases overlap.
    """
    started_at = datetime.now(timezone.utc)
    results: dict[str, CaseResult] = {}
    lock = Lock()

    def add(case: Case, result: CaseResult) -> None:
        with lock:
            results[case.id] = result
            if progress is not None:
                progress(case, result)

    def run_first(case: Case) -> None:
        result = run_case(target, case)
        if result.outcome is not Outcome.DIFFERENT:
            add(case, result)

    shared = [case for case in cases if not case.is_exclusive]
    pool = ThreadPoolExecutor(concurrency)
    try:
        # The longest first, so that none of them starts last.
        ordered = sorted(shared, key=lambda case: -case.duration_seconds)
        for future in [pool.submit(run_first, case) for case in ordered]:
            future.result()
    finally:
        # An interrupted run does not wait for the requests under way: they can take minutes.
        pool.shutdown(wait=False, cancel_futures=True)
    for case in cases:
        if case.id not in results:
            add(case, run_case(target, case))
    return VerifyReport(
        kind=target.kind,
        region=target.region,
        date=started_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        versions=versions or {},
        results=tuple(results[case.id] for case in cases),
    )


def run_case(target: Target, case: Case) -> CaseResult:
    """Run one case against a target."""
    started_at = time.monotonic()
    try:
        observed = _observe(target, case)
    except (_NotRunError, CredentialError) as error:
        reason = error.reason if isinstance(error, _NotRunError) else str(error)
        seconds = time.monotonic() - started_at
        return CaseResult(id=case.id, outcome=Outcome.NOT_RUN, reason=reason, seconds=seconds)
    differences = tuple(
        Difference(name, expected, observed[name])
        for name, expected in case.expected.items()
        if observed[name] != expected
    )
    return CaseResult(
        id=case.id,
        outcome=Outcome.DIFFERENT if differences else Outcome.SAME,
        observed=observed,
        differences=differences,
        seconds=time.monotonic() - started_at,
    )


def _observe(target: Target, case: Case) -> Facts:
    exchanges = _send(target, case)
    record = (
        _read_log_record(target, exchanges[-1]) if needs_log_record(tuple(case.expected)) else None
    )
    observation = Observation(exchanges=exchanges, log_record=record, time_scale=target.time_scale)
    return observe(tuple(case.expected), observation, target.values)


def _send(target: Target, case: Case) -> tuple[Exchange, ...]:
    """Send the requests one after the other; return the exchanges of the last one."""
    limit = case.duration_seconds / target.time_scale + _EXTRA_SECONDS
    *first, last = case.requests
    for request in first:
        send_request(target, request, limit)
    if case.repeat == 1:
        return (send_request(target, last, limit),)
    with ThreadPoolExecutor(case.repeat) as pool:
        futures = [pool.submit(send_request, target, last, limit) for _ in range(case.repeat)]
        return tuple(future.result() for future in futures)


def _read_log_record(target: Target, exchange: Exchange) -> Mapping[str, str]:
    request_ids = exchange.list_header_values("x-amzn-RequestId")
    if not request_ids:
        raise _NotRunError("The response has no x-amzn-RequestId, which names its log record.")
    record = target.logs.read_access_log_record(request_ids[0])
    if record is None:
        raise _NotRunError(f"The access log has no record of request {request_ids[0]}.")
    return record
