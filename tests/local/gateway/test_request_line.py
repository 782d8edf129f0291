"""The short line for each request."""

from __future__ import annotations

import pytest

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.local.gateway.access_log import AccessLogRecord
from streaming_construct.local.gateway.context import IntegrationInvocation, ResponseError
from streaming_construct.local.gateway.request_line import format_request_line
from streaming_construct.model.integrations import Integration

STREAM = IntegrationInvocation(Integration(transfer_mode=TransferMode.STREAM))
BUFFERED = IntegrationInvocation(Integration(transfer_mode=TransferMode.BUFFERED))


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (
            AccessLogRecord(
                received_at=10,
                status=200,
                sent_bytes=1234,
                chunks=8,
                first_byte_at=10.084,
                integration=STREAM,
            ),
            "GET /prod/chat 200 8 chunks 1.2 kB first 84 ms total 4.1 s",
        ),
        (
            AccessLogRecord(
                received_at=10,
                status=200,
                sent_bytes=7_300_000,
                chunks=1,
                first_byte_at=12,
                integration=STREAM,
                error=ResponseError("the function failed"),
            ),
            "GET /prod/chat 200 1 chunk 7.3 MB first 2.0 s total 4.1 s truncated",
        ),
        (
            AccessLogRecord(
                received_at=14.1 - 0.012,
                status=200,
                sent_bytes=512,
                chunks=1,
                first_byte_at=14.1,
                integration=BUFFERED,
            ),
            "GET /prod/chat 200 512 B total 12 ms",
        ),
        (
            AccessLogRecord(
                received_at=14.099,
                status=403,
                sent_bytes=43,
                chunks=1,
                error=ResponseError("no", "ACCESS_DENIED"),
            ),
            "GET /prod/chat 403 43 B total 1 ms",
        ),
        (
            AccessLogRecord(received_at=10, error=ResponseError("the client has disconnected")),
            "GET /prod/chat no response total 4.1 s",
        ),
    ],
)
def test_the_line_has_method_path_status_and_times(record: AccessLogRecord, line: str) -> None:
    assert format_request_line("GET", "/prod/chat", record, ended_at=14.1) == line
