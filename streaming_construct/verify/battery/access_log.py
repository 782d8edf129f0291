"""The fields of the access log."""

from __future__ import annotations

from typing import Final

from streaming_construct.verify.battery.programs import DOCS, create_program_request, create_writes
from streaming_construct.verify.battery.theme import Theme
from streaming_construct.verify.case import CaseRequest

_PAGE: Final = "streaming-rest-api.md#access-log"
_VARIABLES: Final = f"{DOCS}api-gateway-variables-for-access-logging.html"


_case: Final = Theme(name="access log", id_prefix="log", page=_PAGE, source_url=_VARIABLES).case


CASES: Final = (
    _case(
        "request",
        "The record has the method, the path with the stage, the resource and the protocol.",
        CaseRequest(path="/items/blue"),
        {
            "log:requestId": "{request_id}",
            "log:httpMethod": "GET",
            "log:path": "/prod/items/blue",
            "log:resourcePath": "/items/{id}",
            "log:protocol": "HTTP/1.1",
            "log:status": "200",
        },
    ),
    _case(
        "query-is-absent",
        "The path in the record has no query.",
        CaseRequest(path="/any?secret=1"),
        {"log:path": "/prod/any"},
    ),
    _case(
        "user-agent",
        "The record has the User-Agent of the client.",
        CaseRequest(path="/any", headers=(("User-Agent", "verify/1.0"),)),
        {"log:userAgent": "verify/1.0"},
    ),
    _case(
        "quote",
        "A quote in a value leaves the JSON of the record valid.",
        CaseRequest(path="/any", headers=(("User-Agent", 'verify "1.0"'),)),
        {"log:userAgent": 'verify "1.0"'},
        is_unknown=True,
        page="local-gateway.md#differences-and-undocumented-behavior",
    ),
    _case(
        "no-user",
        "The record of an anonymous request has no user.",
        CaseRequest(path="/any"),
        {"log:user": "-", "log:caller": "-"},
        is_unknown=True,
    ),
    _case(
        "numbers",
        "The times of a stream are in the record, so that metric filters can read them.",
        create_program_request(writes=create_writes("one", "two", after_ms=100)),
        {
            "has_log:responseLatency": True,
            "has_log:integrationLatency": True,
            "has_log:timeToAllHeaders": True,
            "has_log:timeToFirstContent": True,
            "log:responseLength": "6",
        },
        source_url=f"{DOCS}response-streaming-troubleshoot.html",
        page="monitoring.md#metrics",
    ),
    _case(
        "client-disconnects",
        "The record of a stream whose client disconnects has the status that the client received.",
        create_program_request(
            writes=create_writes(*["x" * 1000] * 10, after_ms=300), read_seconds=0.7
        ),
        {"log:status": "200", "log:responseTransferMode": "STREAMED"},
        is_unknown=True,
        page="monitoring.md#what-counts-as-aborted",
    ),
    _case(
        "preflight",
        "The record of a mock integration has no transfer mode.",
        CaseRequest(path="/any", method="OPTIONS"),
        {"log:status": "204", "log:responseTransferMode": "-"},
        is_unknown=True,
    ),
    _case(
        "role",
        "The role of the API invokes the function with its trust policy on the account.",
        CaseRequest(path="/any"),
        {"status": 200, "log:integrationStatus": "200", "log:integrationError": "-"},
        is_unknown=True,
        page="streaming-rest-api.md#invoke-permissions",
    ),
)
"""The cases of this theme."""
