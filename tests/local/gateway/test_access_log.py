"""Lines of the access log."""

from __future__ import annotations

import json

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.local.gateway.access_log import AccessLogRecord, format_access_log_line
from streaming_construct.local.gateway.context import IntegrationInvocation, ResponseError
from streaming_construct.model.integrations import Integration


def line(template: str, record: AccessLogRecord) -> str:
    context = {"requestId": "r1", "identity": {"sourceIp": "127.0.0.1", "user": None}}
    return format_access_log_line(template, context, record, trace_id="Root=1-2-3")


def test_known_variables_are_filled_in_and_unknown_ones_are_a_dash() -> None:
    """A dot ends the name of a variable if no further word follows."""
    template = (
        "$context.requestId. $context.identity.sourceIp $context.identity.user"
        " $context.authorizer.claims $context.identity $context.xrayTraceId $other"
    )

    assert line(template, AccessLogRecord()) == "r1. 127.0.0.1 - - - Root=1-2-3 $other"


def test_a_stream_has_its_mode_and_its_times() -> None:
    """The times are milliseconds from the invocation to the headers, the first content and the
    end."""
    record = AccessLogRecord(
        status=200,
        sent_bytes=42,
        headers_sent_at=10.1,
        first_byte_at=10.25,
        integration=IntegrationInvocation(
            Integration(transfer_mode=TransferMode.STREAM),
            started_at=10.0,
            status=200,
            ended_at=12.0,
        ),
    )
    template = (
        "$context.status $context.responseLength $context.integration.responseTransferMode"
        " $context.integration.timeToAllHeaders $context.integration.timeToFirstContent"
        " $context.integration.latency $context.integrationLatency"
    )

    assert line(template, record) == "200 42 STREAMED 100 250 2000 2000"


def test_a_request_without_integration_has_no_mode() -> None:
    """A 403 did not reach an integration."""
    record = AccessLogRecord(status=403, error=ResponseError("Forbidden", "ACCESS_DENIED"))
    template = (
        "$context.status $context.integration.responseTransferMode $context.integration.latency"
        " $context.error.message $context.error.messageString $context.error.responseType"
        " $context.integration.error"
    )

    assert line(template, record) == '403 - - Forbidden "Forbidden" ACCESS_DENIED -'


def test_a_buffered_integration_has_the_mode_buffered() -> None:
    """The log has the word BUFFERED."""
    record = AccessLogRecord(integration=IntegrationInvocation(Integration()))

    assert line("$context.integration.responseTransferMode", record) == "BUFFERED"


def test_the_status_of_the_function_differs_from_that_of_lambda() -> None:
    """Lambda returns 200 even if the function returns 404."""
    record = AccessLogRecord(
        status=404,
        integration=IntegrationInvocation(Integration(), started_at=10.0, status=404),
    )
    template = (
        "$context.integration.status $context.integration.integrationStatus"
        " $context.integrationStatus"
    )

    assert line(template, record) == "404 200 200"
    assert line(template, AccessLogRecord(status=403)) == "- - -"


def test_a_json_format_gives_json_for_any_value() -> None:
    """Quotes, backslashes and line ends of a client, or of an error, do not end their string."""
    error = 'the function said "no\\n"'
    template = (
        '{"agent": "$context.identity.userAgent", "error": "$context.error.message",'
        ' "quoted": $context.error.messageString}'
    )
    context = {"identity": {"userAgent": 'a "b" \\ \n é'}}

    line = format_access_log_line(
        template, context, AccessLogRecord(error=ResponseError(error)), trace_id="Root=1-2-3"
    )

    assert json.loads(line) == {"agent": 'a "b" \\ \n é', "error": error, "quoted": error}
