"""Limits of time. On the local gateway, a time scale shortens those of minutes."""

from __future__ import annotations

from typing import Final

from streaming_construct.verify.battery.programs import (
    DOCS,
    LAMBDA_ERRORS,
    TRANSFER_MODE,
    create_program_request,
    create_writes,
)
from streaming_construct.verify.battery.theme import Theme

_RESPONSES: Final = "local-gateway.md#responses"
_ENDS: Final = "timeouts.md#what-ends-a-stream"
_IDLE_SECONDS: Final = 320.0
_INTEGRATION: Final = "https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html"
_TIMED_OUT: Final = "Endpoint request timed out"


_case: Final = Theme(
    name="timeouts", id_prefix="timeout", page=_RESPONSES, duration_seconds=8.0
).case


CASES: Final = (
    _case(
        "before-head",
        "The integration timeout before the response headers results in status 504.",
        create_program_request("/short", before_ms=10_000),
        {"status": 504, "json:/message": _TIMED_OUT, "cut_after": "integration-timeout"},
        source_url=f"{DOCS}supported-gateway-response-types.html",
    ),
    _case(
        "after-head",
        "The integration timeout after the response headers truncates the response.",
        create_program_request("/short", writes=create_writes("one\n"), hang=True),
        {
            "status": 200,
            "body": "one\n",
            "is_complete": False,
            "cut_after": "integration-timeout",
        },
        source_url=TRANSFER_MODE,
        page=_ENDS,
    ),
    _case(
        "log-after-head",
        "The access log of a response that the integration timeout truncates has status 200.",
        create_program_request("/short", writes=create_writes("one\n"), hang=True),
        {"log:status": "200", "log:responseLength": "4", "log:errorType": "-"},
    ),
    _case(
        "function-before-head",
        "The function timeout before the response headers results in status 502.",
        create_program_request("/function-timeout", before_ms=10_000),
        {"status": 502, "json:/message": "Internal server error"},
        source_url=LAMBDA_ERRORS,
    ),
    _case(
        "function-after-head",
        "The function timeout after the response headers truncates the response.",
        create_program_request("/function-timeout", writes=create_writes("one\n"), hang=True),
        {"status": 200, "body": "one\n", "is_complete": False, "cut_after": "function-timeout"},
        page=_ENDS,
    ),
    _case(
        "default",
        "The integration timeout of a STREAM integration without `timeoutInMillis` is 29 s.",
        create_program_request("/default-timeout", before_ms="{ms:60000}"),
        {"status": 504, "cut_after": "integration-timeout-default"},
        source_url=_INTEGRATION,
        page=_ENDS,
        duration_seconds=32,
    ),
    _case(
        "idle-after-head",
        "A Regional API truncates a response that is silent for five minutes.",
        create_program_request(writes=create_writes("one\n"), hang=True),
        {
            "status": 200,
            "body": "one\n",
            "is_complete": False,
            "cut_after": "regional-idle-timeout",
        },
        source_url=TRANSFER_MODE,
        page=_ENDS,
        duration_seconds=_IDLE_SECONDS,
    ),
    _case(
        "idle-before-head",
        "The idle timeout before the response headers results in status 504.",
        create_program_request(before_ms="{ms:600000}"),
        {"status": 504, "json:/message": _TIMED_OUT, "cut_after": "regional-idle-timeout"},
        duration_seconds=_IDLE_SECONDS,
    ),
    _case(
        "heartbeat",
        "Each chunk restarts the idle timeout.",
        create_program_request(writes=[{"text": "beat\n", "after_ms": "{ms:200000}"}] * 3),
        {"status": 200, "body": "beat\nbeat\nbeat\n", "is_complete": True},
        source_url=TRANSFER_MODE,
        page=_ENDS,
        duration_seconds=610,
    ),
    _case(
        "stream-duration",
        "A stream ends after 15 minutes.",
        create_program_request(writes=[{"text": "beat\n", "after_ms": "{ms:60000}"}] * 20),
        {"status": 200, "is_complete": False, "cut_after": "stream-duration-limit"},
        source_url=TRANSFER_MODE,
        page=_ENDS,
        duration_seconds=910,
    ),
    _case(
        "client-disconnects",
        "The access log of a client that disconnects has the status that was sent.",
        create_program_request(
            writes=create_writes("one\n", "two\n", after_ms=1500), read_seconds=2.2
        ),
        {"is_complete": False, "log:status": "200"},
    ),
)
