"""Request validators: parameters, bodies, and the order of checks."""

from __future__ import annotations

from typing import Final

from streaming_construct.verify.battery.programs import DOCS, GATEWAY_RESPONSES
from streaming_construct.verify.battery.theme import Theme
from streaming_construct.verify.case import CaseRequest

_PAGE: Final = "local-gateway.md#responses"
_DIFFERENCES: Final = "local-gateway.md#differences-and-undocumented-behavior"
_VALIDATION: Final = f"{DOCS}api-gateway-method-request-validation.html"
_REQUIRED: Final = (("X-Required", "yes"), ("Content-Type", "application/json"))


_case: Final = Theme(
    name="request validation", id_prefix="validation", page=_PAGE, source_url=_VALIDATION
).case


def _create_post_request(
    body: bytes | None,
    *,
    query: str = "?mode=x",
    headers: tuple[tuple[str, str], ...] = _REQUIRED,
) -> CaseRequest:
    return CaseRequest(path=f"/validated{query}", method="POST", headers=headers, body=body)


CASES: Final = (
    _case(
        "valid",
        "A valid request reaches the function.",
        _create_post_request(b'{"name": "blue", "count": 2}'),
        {"status": 200, "event:/body": '{"name": "blue", "count": 2}'},
    ),
    _case(
        "query-parameter",
        "Without a required query parameter, the status is 400 and the message names it.",
        _create_post_request(b'{"name": "blue"}', query=""),
        {"status": 400, "json:/message": "Missing required request parameters: [mode]"},
    ),
    _case(
        "header",
        "Without a required header, the status is 400 and the message names it.",
        _create_post_request(b'{"name": "blue"}', headers=_REQUIRED[1:]),
        {"status": 400, "json:/message": "Missing required request parameters: [X-Required]"},
    ),
    _case(
        "blank-parameter",
        "A blank required parameter is missing.",
        _create_post_request(b'{"name": "blue"}', query="?mode="),
        {"status": 400, "json:/message": "Missing required request parameters: [mode]"},
    ),
    _case(
        "missing-member",
        "A body without a required member results in status 400.",
        _create_post_request(b'{"count": 2}'),
        {"status": 400, "json:/message": "Invalid request body"},
    ),
    _case(
        "wrong-type",
        "A member of the wrong type results in status 400.",
        _create_post_request(b'{"name": 7}'),
        {"status": 400, "json:/message": "Invalid request body"},
    ),
    _case(
        "below-the-minimum",
        "A number below its minimum results in status 400.",
        _create_post_request(b'{"name": "blue", "count": 0}'),
        {"status": 400, "json:/message": "Invalid request body"},
    ),
    _case(
        "not-json",
        "A body that is not JSON results in status 400.",
        _create_post_request(b"{"),
        {"status": 400, "json:/message": "Invalid request body"},
    ),
    _case(
        "empty-body",
        "An empty body counts as an empty object.",
        _create_post_request(None),
        {"status": 400, "json:/message": "Invalid request body"},
        is_unknown=True,
        page=_DIFFERENCES,
    ),
    _case(
        "another-media-type",
        "A body of a media type without a model is not validated.",
        _create_post_request(b"{", headers=(("X-Required", "yes"), ("Content-Type", "text/plain"))),
        {"status": 200, "event:/body": "{"},
    ),
    _case(
        "unknown-member",
        "A member that the model does not name reaches the function.",
        _create_post_request(b'{"name": "blue", "more": 1}'),
        {"status": 200, "event:/body": '{"name": "blue", "more": 1}'},
    ),
    _case(
        "both",
        "Parameters are validated before the body.",
        _create_post_request(b"{", query=""),
        {"status": 400, "json:/message": "Missing required request parameters: [mode]"},
        is_unknown=True,
        page=_DIFFERENCES,
    ),
    _case(
        "log",
        "The access log names the gateway response of an invalid body.",
        _create_post_request(b"{}"),
        {"log:status": "400", "log:errorType": "BAD_REQUEST_BODY", "log:integrationStatus": "-"},
        source_url=GATEWAY_RESPONSES,
        page="streaming-rest-api.md#access-log",
    ),
)
"""The cases of this theme."""
