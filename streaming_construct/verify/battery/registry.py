"""All cases, in the order of the report."""

from __future__ import annotations

from typing import Final

from streaming_construct.verify.battery import (
    access_log,
    authorization,
    cors,
    events,
    framing,
    gateway_responses,
    request_validation,
    response_headers,
    routing,
    sizes,
    stream_failures,
    throttling,
    timeouts,
    timing,
)
from streaming_construct.verify.case import Case

CASES: Final[tuple[Case, ...]] = (
    *routing.CASES,
    *events.CASES,
    *request_validation.CASES,
    *authorization.CASES,
    *throttling.CASES,
    *cors.CASES,
    *gateway_responses.CASES,
    *response_headers.CASES,
    *framing.CASES,
    *stream_failures.CASES,
    *timing.CASES,
    *timeouts.CASES,
    *sizes.CASES,
    *access_log.CASES,
)
