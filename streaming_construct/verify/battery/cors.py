"""Preflight requests, and the CORS headers of gateway responses."""

from __future__ import annotations

from typing import Final

from streaming_construct.verify.battery.programs import DOCS, create_program_request, create_writes
from streaming_construct.verify.battery.theme import Theme
from streaming_construct.verify.case import Case, CaseRequest
from streaming_construct.verify.stack_outputs import CORS_ORIGIN

_CORS: Final = f"{DOCS}how-to-cors.html"
_PAGE: Final = "streaming-rest-api.md#cors"
_ORIGIN: Final = (("Origin", CORS_ORIGIN),)
_PREFLIGHT: Final = (*_ORIGIN, ("Access-Control-Request-Method", "POST"))


_case: Final = Theme(name="CORS", id_prefix="cors", page=_PAGE, source_url=_CORS).case


def _create_gateway_response_case(name: str, claim: str, status: int, request: CaseRequest) -> Case:
    return _case(
        name,
        claim,
        request,
        {"status": status, "header:access-control-allow-origin": CORS_ORIGIN},
    )


CASES: Final = (
    _case(
        "preflight",
        "A preflight request receives the origin, the methods and the headers of the options.",
        CaseRequest(path="/any", method="OPTIONS", headers=_PREFLIGHT),
        {
            "status": 204,
            "header:access-control-allow-origin": CORS_ORIGIN,
            "header:access-control-allow-methods": "GET,POST",
            "has_header:access-control-allow-headers": True,
        },
    ),
    _case(
        "preflight-has-no-body",
        "The response to a preflight request has no body.",
        CaseRequest(path="/any", method="OPTIONS", headers=_PREFLIGHT),
        {"body": "", "is_complete": True},
        is_unknown=True,
    ),
    _case(
        "preflight-of-an-authorized-route",
        "A preflight request needs no authorization.",
        CaseRequest(path="/authorized/cognito", method="OPTIONS", headers=_PREFLIGHT),
        {"status": 204, "header:access-control-allow-origin": CORS_ORIGIN},
    ),
    _case(
        "preflight-of-a-key",
        "A preflight request needs no API key.",
        CaseRequest(path="/authorized/key", method="OPTIONS", headers=_PREFLIGHT),
        {"status": 204, "header:access-control-allow-origin": CORS_ORIGIN},
    ),
    _case(
        "preflight-does-not-run-the-function",
        "A mock integration responds to a preflight request.",
        CaseRequest(path="/program", method="OPTIONS", headers=_PREFLIGHT),
        {"status": 204, "has_log:integrationRequestId": False},
        is_unknown=True,
    ),
    _case(
        "response-of-a-function",
        "API Gateway adds no CORS headers to the response of a function.",
        create_program_request(headers=_ORIGIN, writes=create_writes("body")),
        {"status": 200, "has_header:access-control-allow-origin": False},
    ),
    _create_gateway_response_case(
        "unauthorized",
        "The response with status 401 has the origin.",
        401,
        CaseRequest(path="/authorized/cognito", headers=_ORIGIN),
    ),
    _create_gateway_response_case(
        "forbidden",
        "The response with status 403 has the origin.",
        403,
        CaseRequest(path="/authorized/key", headers=_ORIGIN),
    ),
    _create_gateway_response_case(
        "bad-request",
        "The response of the request validation has the origin.",
        400,
        CaseRequest(path="/validated", method="POST", headers=_ORIGIN),
    ),
    _create_gateway_response_case(
        "server-error",
        "The response of a failed integration has the origin.",
        500,
        create_program_request(headers=_ORIGIN, prelude_text="not JSON"),
    ),
)
"""The cases of this theme."""
