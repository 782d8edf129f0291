"""All cases, in the order of the report."""

from __future__ import annotations

from typing import Final

from streaming_construct.verify.battery import stream_failures, timing
from streaming_construct.verify.case import Case

CASES: Final[tuple[Case, ...]] = (*stream_failures.CASES, *timing.CASES)
