"""Lines of the access log."""

from __future__ import annotations

from streaming_construct.knowledge.model import Integration, TransferMode
from streaming_construct.local.access_log import Exchange, access_log_line


def line(template: str, exchange: Exchange) -> str:
    context = {"requestId": "r1", "identity": {"sourceIp": "127.0.0.1", "user": None}}
    return access_log_line(template, context, exchange, trace_id="Root=1-2-3")


def test_known_variables_are_filled_in_and_unknown_ones_are_a_dash() -> None:
    """Dots end a variable's name where no further word follows."""
    template = (
        "$context.requestId. $context.identity.sourceIp $context.identity.user"
        " $context.authorizer.claims $context.identity $context.xrayTraceId $other"
    )

    assert line(template, Exchange()) == "r1. 127.0.0.1 - - - Root=1-2-3 $other"


def test_a_stream_has_its_mode_and_its_times() -> None:
    """Milliseconds from the invocation to all headers, first content and the end."""
    exchange = Exchange(
        status=200,
        sent_bytes=42,
        integration=Integration(transfer_mode=TransferMode.STREAM),
        integration_status=200,
        invoked=10.0,
        all_headers=10.1,
        first_content=10.25,
        integration_ended=12.0,
    )
    template = (
        "$context.status $context.responseLength $context.integration.responseTransferMode"
        " $context.integration.timeToAllHeaders $context.integration.timeToFirstContent"
        " $context.integration.latency $context.integrationLatency"
    )

    assert line(template, exchange) == "200 42 STREAMED 100 250 2000 2000"


def test_a_request_without_integration_has_no_mode() -> None:
    """A 403 never got as far as an integration."""
    exchange = Exchange(status=403, error="Forbidden", error_kind="ACCESS_DENIED")
    template = (
        "$context.status $context.integration.responseTransferMode $context.integration.latency"
        " $context.error.message $context.error.messageString $context.error.responseType"
        " $context.integration.error"
    )

    assert line(template, exchange) == '403 - - Forbidden "Forbidden" ACCESS_DENIED -'


def test_a_buffered_integration_says_so() -> None:
    """The mode of a BUFFERED route is logged by that very word."""
    exchange = Exchange(integration=Integration())

    assert line("$context.integration.responseTransferMode", exchange) == "BUFFERED"
