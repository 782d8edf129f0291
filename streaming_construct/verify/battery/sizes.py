"""Limits of sizes."""

from __future__ import annotations

from typing import Final

from streaming_construct.aws.limits import FUNCTION_PAYLOAD_MAX_BYTES, REQUEST_MAX_BYTES
from streaming_construct.verify.battery.programs import (
    LAMBDA_ERRORS,
    LAMBDA_LIMITS,
    QUOTAS,
    create_program_request,
)
from streaming_construct.verify.battery.theme import Theme
from streaming_construct.verify.case import CaseRequest

_RESPONSES: Final = "local-gateway.md#responses"
_SIZES: Final = "timeouts.md#sizes-and-rates"
_STREAMING: Final = (
    "https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html"
)
_MB: Final = 1_000_000


_case: Final = Theme(name="sizes", id_prefix="size", page=_RESPONSES, duration_seconds=15.0).case


def _create_post_request(size: int) -> CaseRequest:
    """Return a request with a body of text, which the event contains as it is."""
    headers = (("Content-Type", "text/plain"),)
    return CaseRequest(
        path="/program", method="POST", headers=headers, body=b" " * (size - 2) + b"{}"
    )


CASES: Final = (
    _case(
        "request-5-mb",
        "A request of 5 MB reaches the function.",
        _create_post_request(5 * _MB),
        {"status": 200},
        source_url=QUOTAS,
        page=_SIZES,
    ),
    _case(
        "event-over-6-mb",
        "An event of more than 6 MB results in status 413.",
        _create_post_request(FUNCTION_PAYLOAD_MAX_BYTES + 1),
        {"status": 413, "json:/message": "Request Too Long"},
        page="local-gateway.md#differences-and-undocumented-behavior",
    ),
    _case(
        "request-over-10-mb",
        "A request body of more than 10 MB results in status 413.",
        _create_post_request(REQUEST_MAX_BYTES + 1),
        {"status": 413, "json:/message": "Request Too Long"},
        source_url=QUOTAS,
    ),
    _case(
        "buffered-5-mb",
        "A BUFFERED response of 5 MB is complete.",
        create_program_request(
            "/buffered", response={"statusCode": 200, "body": "x" * 10}, repeat=500_000
        ),
        {"status": 200, "body_length": 5 * _MB, "framing": "length"},
        source_url=LAMBDA_LIMITS,
        page=_SIZES,
    ),
    _case(
        "buffered-over-6-mb",
        "BUFFERED output of more than 6 MB results in status 502.",
        create_program_request(
            "/buffered", response={"statusCode": 200, "body": "x" * 10}, repeat=650_000
        ),
        {"status": 502, "json:/message": "Internal server error"},
        source_url=LAMBDA_ERRORS,
    ),
    _case(
        "stream-8-mb",
        "A stream of 8 MB is complete.",
        create_program_request(writes=[{"text": "x" * 1000, "repeat": 8000}]),
        {"status": 200, "body_length": 8 * _MB, "is_complete": True},
        source_url=_STREAMING,
        page=_SIZES,
    ),
    _case(
        "stream-over-200-mb",
        "A stream of more than 200 MB is truncated.",
        create_program_request(writes=[{"text": "x" * 10_000, "repeat": 21_500}]),
        {"status": 200, "is_complete": False},
        source_url=_STREAMING,
        duration_seconds=150,
        is_optional=True,
    ),
)
