"""Responses that API Gateway creates itself, and the status codes of functions."""

from __future__ import annotations

from typing import Final

from streaming_construct.aws.limits import REQUEST_HEADERS_MAX_BYTES
from streaming_construct.verify.battery.programs import (
    DOCS,
    GATEWAY_RESPONSES,
    PROXY_STREAM,
    QUOTAS,
    create_program_request,
    create_text_prelude,
    create_writes,
)
from streaming_construct.verify.battery.theme import Theme
from streaming_construct.verify.case import Case, CaseRequest

_RESPONSES: Final = "local-gateway.md#responses"
_HEADERS: Final = "local-gateway.md#response-headers"


_case: Final = Theme(name="gateway responses", id_prefix="gateway", page=_RESPONSES).case


def _create_raw_case(name: str, claim: str, *lines: bytes, status: int = 400) -> Case:
    """Return a case of a request that no HTTP library writes."""
    request = CaseRequest(raw=b"\r\n".join(lines), read_seconds=10)
    return _case(f"raw-{name}", claim, request, {"status": status})


def _create_status_case(status: int) -> Case:
    return _case(
        f"status-{status}",
        f"Status {status} of a function and its body reach the client.",
        create_program_request(prelude=create_text_prelude(status), writes=create_writes("body")),
        {"status": status, "body": "body", "header:content-type": "text/plain"},
        source_url=PROXY_STREAM,
    )


_HOST: Final = b"Host: {host}"
_LINE: Final = b"POST /{stage}/any HTTP/1.1"

CASES: Final = (
    _case(
        "unknown-path",
        "A path without a resource results in status 403.",
        CaseRequest(path="/nothing"),
        {"status": 403, "json:/message": "Missing Authentication Token"},
        source_url=GATEWAY_RESPONSES,
    ),
    _case(
        "unknown-method",
        "A method that the resource does not have results in status 403.",
        CaseRequest(path="/methods", method="DELETE"),
        {"status": 403, "json:/message": "Missing Authentication Token"},
        source_url=GATEWAY_RESPONSES,
    ),
    _case(
        "below-a-resource",
        "A path below a resource without children results in status 403.",
        CaseRequest(path="/methods/more"),
        {"status": 403, "json:/message": "Missing Authentication Token"},
        source_url=GATEWAY_RESPONSES,
    ),
    _case(
        "unknown-stage",
        "A path outside the stage results in status 403 with `Forbidden`.",
        CaseRequest(raw=b"GET /elsewhere HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        {"status": 403, "json:/message": "Forbidden"},
    ),
    _case(
        "error-type",
        "A gateway response names its error in `x-amzn-ErrorType`.",
        CaseRequest(path="/nothing"),
        {
            "header:x-amzn-errortype": "MissingAuthenticationTokenException",
            "header:content-type": "application/json",
            "framing": "length",
        },
    ),
    _case(
        "request-ids",
        "A gateway response has the ids of the request and a date, and no trace id.",
        CaseRequest(path="/nothing"),
        {
            "has_header:x-amzn-requestid": True,
            "has_header:x-amz-apigw-id": True,
            "has_header:date": True,
            "has_header:x-amzn-trace-id": False,
        },
        page=_HEADERS,
    ),
    _case(
        "request-ids-of-a-function",
        "The response of a function has the ids of the request, a date and a trace id.",
        create_program_request(writes=create_writes("body")),
        {
            "has_header:x-amzn-requestid": True,
            "has_header:x-amz-apigw-id": True,
            "has_header:date": True,
            "has_header:x-amzn-trace-id": True,
        },
        page=_HEADERS,
    ),
    _case(
        "cors-of-errors",
        "A gateway response has the origin of the CORS options.",
        CaseRequest(path="/nothing", headers=(("Origin", "https://app.example"),)),
        {"status": 403, "header:access-control-allow-origin": "https://app.example"},
        source_url=f"{DOCS}how-to-cors.html",
        page="streaming-rest-api.md#cors",
    ),
    _case(
        "log-of-an-unknown-path",
        "The access log has the status and the error of a gateway response.",
        CaseRequest(path="/nothing"),
        {
            "log:status": "403",
            "log:errorMessage": "Missing Authentication Token",
            "log:errorType": "MISSING_AUTHENTICATION_TOKEN",
            "log:integrationStatus": "-",
        },
        page="streaming-rest-api.md#access-log",
    ),
    _case(
        "header-bytes",
        f"More than {REQUEST_HEADERS_MAX_BYTES} bytes of headers result in status 431.",
        CaseRequest(path="/any", headers=(("X-Large", "x" * REQUEST_HEADERS_MAX_BYTES),)),
        {"status": 431, "json:/message": "Request Header Fields Too Large"},
        page="local-gateway.md#differences-and-undocumented-behavior",
    ),
    _case(
        "header-bytes-below-the-limit",
        "Headers of 9,000 bytes reach the function.",
        CaseRequest(path="/any", headers=(("X-Large", "x" * 9_000),)),
        {"status": 200, "event:/headers/X-Large": "x" * 9_000},
        source_url=QUOTAS,
    ),
    *map(_create_status_case, (200, 201, 302, 400, 404, 418, 429, 500, 503)),
    _case(
        "status-599",
        "Status 599, which has no name, reaches the client.",
        create_program_request(prelude=create_text_prelude(599), writes=create_writes("body")),
        {"status": 599, "body": "body"},
    ),
    _case(
        "status-of-an-informational-response",
        "A function cannot send status 103: the response has status 500.",
        create_program_request(prelude=create_text_prelude(103), writes=create_writes("body")),
        {"status": 500},
    ),
    _create_raw_case(
        "two-lengths",
        "A request with two lengths results in status 400.",
        *(_LINE, _HOST, b"Content-Length: 1", b"Content-Length: 2", b"", b"ab"),
    ),
    _create_raw_case(
        "length-and-chunks",
        "A request with a length and chunked encoding results in status 400.",
        *(_LINE, _HOST, b"Content-Length: 5", b"Transfer-Encoding: chunked", b"", b"0", b"", b""),
    ),
    _create_raw_case(
        "chunk-size",
        "An invalid chunk size results in status 400.",
        *(_LINE, _HOST, b"Transfer-Encoding: chunked", b"", b"zz", b"ab", b"0", b"", b""),
    ),
    _create_raw_case(
        "folded-header",
        "A folded header results in status 400.",
        *(_LINE, _HOST, b"X-Folded: one", b" two", b"", b""),
    ),
    _create_raw_case(
        "bare-line-feeds", "Bare line feeds result in status 400.", _LINE + b"\nHost: {host}\n\n"
    ),
    _create_raw_case(
        "no-version",
        "A request line without a version of HTTP results in status 505.",
        *(b"GET /{stage}/any", _HOST, b"", b""),
        status=505,
    ),
    _create_raw_case(
        "header-name",
        "A space in the name of a header results in status 400.",
        *(_LINE, _HOST, b"X Bad: one", b"", b""),
    ),
    _case(
        "raw-chunked-request",
        "A request with chunked encoding reaches the function.",
        CaseRequest(
            raw=b"POST /{stage}/any HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"
        ),
        {"status": 200, "event:/body": "onetwo"},
        page="local-gateway.md#differences-and-undocumented-behavior",
    ),
)
