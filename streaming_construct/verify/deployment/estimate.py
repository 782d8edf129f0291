"""The cost and the duration of a run, from the cases and AWS's prices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from streaming_construct.verify.case import Case
from streaming_construct.verify.runner import CONCURRENT_CASES

DEPLOY_SECONDS: Final = 240.0
DESTROY_SECONDS: Final = 180.0
_MEMORY_GB: Final = 0.25
# Each log record of API Gateway and Lambda, and each response but the largest.
_LOG_KB: Final = 2.0
_RESPONSE_MB: Final = 2.0


@dataclass(frozen=True)
class Price:
    """A price of AWS: US dollars for one unit, and a page with this number.

    Most price pages of AWS fill in the numbers with JavaScript. Where a page of AWS has the number
    in its text, `source_url` is that page.
    """

    dollars: float
    unit: str
    source_url: str


PRICES_DATE: Final = "2026-11"
"""The month of the prices. They are those of us-east-1, without a free tier."""

PRICES: Final = {
    "request": Price(
        3.50e-6,
        "REST API request",
        "https://docs.aws.amazon.com/whitepapers/latest/best-practices-api-gateway-private-apis-"
        "integration/cost-optimization.html",
    ),
    "invocation": Price(0.20e-6, "invocation", "https://aws.amazon.com/lambda/pricing/"),
    "duration": Price(13.3334e-6, "GB-second (Arm)", "https://aws.amazon.com/lambda/pricing/"),
    "logs": Price(0.50, "GB of logs", "https://aws.amazon.com/cloudwatch/pricing/"),
    "transfer": Price(0.09, "GB to the internet", "https://aws.amazon.com/ec2/pricing/on-demand/"),
    "user": Price(0.015, "monthly active user", "https://aws.amazon.com/cognito/pricing/"),
}


def count_requests(cases: Sequence[Case]) -> int:
    """Return the number of requests of cases."""
    return sum(len(case.requests) - 1 + case.repeat for case in cases)


def estimate_dollars(cases: Sequence[Case]) -> float:
    """Return the cost of a run in US dollars. Each case can need a second attempt."""
    requests = 2 * count_requests(cases)
    seconds = 2 * sum(case.duration_seconds * case.repeat for case in cases)
    amounts = {
        "request": requests,
        "invocation": requests,
        "duration": seconds * _MEMORY_GB,
        "logs": 2 * requests * _LOG_KB / 1e6,
        "transfer": requests * _RESPONSE_MB / 1e3,
        "user": 1,
    }
    return sum(PRICES[name].dollars * amount for name, amount in amounts.items())


def estimate_seconds(cases: Sequence[Case]) -> float:
    """Return the duration of a run with deployment and deletion, if no case is repeated."""
    shared = [case.duration_seconds for case in cases if not case.is_exclusive]
    exclusive = sum(case.duration_seconds for case in cases if case.is_exclusive)
    battery = max([sum(shared) / CONCURRENT_CASES, *shared]) + exclusive
    return DEPLOY_SECONDS + battery + DESTROY_SECONDS


def format_estimate(cases: Sequence[Case]) -> str:
    """Return the estimates in one line, rounded up."""
    dollars = math.ceil(estimate_dollars(cases) * 100) / 100
    minutes = math.ceil(estimate_seconds(cases) / 60)
    return (
        f"about {minutes} minutes, at most about {dollars:.2f} US dollars"
        f" ({count_requests(cases)} requests; prices of us-east-1, {PRICES_DATE})"
    )
