"""All cases, in the order of the report."""

from __future__ import annotations

from typing import Final

from streaming_construct.verify.battery import (
    framing,
    gateway_responses,
    response_headers,
    sizes,
    stream_failures,
    timeouts,
    timing,
)
from streaming_construct.verify.case import Case

CASES: Final[tuple[Case, ...]] = (
    *gateway_responses.CASES,
    *response_headers.CASES,
    *framing.CASES,
    *stream_failures.CASES,
    *timing.CASES,
    *timeouts.CASES,
    *sizes.CASES,
)
