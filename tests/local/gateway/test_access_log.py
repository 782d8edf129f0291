"""Lines of the access log."""

from __future__ import annotations

import json

from streaming_construct.aws.integration_uri import TransferMode
from streaming_construct.local.gateway.access_log import AccessLogRecord, access_log_line
from streaming_construct.local.gateway.context import IntegrationInvocation, ResponseError
from streaming_construct.model.integrations import Integration


def line(template: str, record: AccessLogRecord) -> str:
    context = {"requestId": "r1", "identity": {"sourceIp": "127.0.0.1", "user": None}}
    return access_log_line(template, context, record, trace_id="Root=1-2-3")


def test_known_variables_are_filled_in_and_unknown_ones_are_a_dash() -> None:
    """Dots end a variable's name where no further word follows."""
    template = (
        "$context.requestId. $context.identity.sourceIp $context.identity.user"
        " $context.authorizer.claims $context.identity $context.xrayTraceId $other"
    )

    assert line(template, AccessLogRecord()) == "r1. 127.0.0.1 - - - Root=1-2-3 $other"


def test_a_stream_has_its_mode_and_its_times() -> None:
    """Milliseconds from the invocation to all headers, first content and the end."""
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
    """A 403 never got as far as an integration."""
    record = AccessLogRecord(status=403, error=ResponseError("Forbidden", "ACCESS_DENIED"))
    template = (
        "$context.status $context.integration.responseTransferMode $context.integration.latency"
        " $context.error.message $context.error.messageString $context.error.responseType"
        " $context.integration.error"
    )

    assert line(template, record) == '403 - - Forbidden "Forbidden" ACCESS_DENIED -'


def test_a_buffered_integration_says_so() -> None:
    """The mode of a BUFFERED route is logged by that very word."""
    record = AccessLogRecord(integration=IntegrationInvocation(Integration()))

    assert line("$context.integration.responseTransferMode", record) == "BUFFERED"


def test_the_functions_status_is_told_from_lambdas_own() -> None:
    """Lambda answers 200 although the function's code answers 404."""
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


def test_a_format_in_json_gives_json_whatever_is_in_the_values() -> None:
    """Quotes, backslashes and line ends of a client, and in an error, do not end their string."""
    error = 'the function said "no\\n"'
    template = (
        '{"agent": "$context.identity.userAgent", "error": "$context.error.message",'
        ' "quoted": $context.error.messageString}'
    )
    context = {"identity": {"userAgent": 'a "b" \\ \n é'}}

    written = access_log_line(
        template, context, AccessLogRecord(error=ResponseError(error)), trace_id="Root=1-2-3"
    )

    assert json.loads(written) == {"agent": 'a "b" \\ \n é', "error": error, "quoted": error}
