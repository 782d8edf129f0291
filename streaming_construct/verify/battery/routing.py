"""Routes: the one that serves a path and a method."""

from __future__ import annotations

from typing import Final

from streaming_construct.verify.battery.programs import DOCS
from streaming_construct.verify.battery.theme import Theme
from streaming_construct.verify.case import Case, CaseRequest

_PAGE: Final = "local-gateway.md#routing-and-events"
_PROXY_RESOURCE: Final = f"{DOCS}api-gateway-set-up-simple-proxy.html"
_METHODS: Final = f"{DOCS}api-gateway-method-settings-method-request.html"


_case: Final = Theme(name="routing", id_prefix="routing", page=_PAGE).case


def _create_method_case(method: str) -> Case:
    return _case(
        f"any-{method.lower()}",
        f"`ANY` serves {method} requests.",
        CaseRequest(path="/any", method=method),
        {"status": 200, "event:/httpMethod": method, "event:/resource": "/any"},
        source_url=_METHODS,
    )


CASES: Final = (
    _case(
        "exact-before-parameter",
        "An exact segment takes precedence over a path parameter.",
        CaseRequest(path="/items/exact"),
        {"status": 200, "event:/resource": "/items/exact", "event:/pathParameters": None},
        source_url=_PROXY_RESOURCE,
    ),
    _case(
        "parameter",
        "A path parameter takes one segment.",
        CaseRequest(path="/items/blue"),
        {
            "status": 200,
            "event:/resource": "/items/{id}",
            "event:/pathParameters": {"id": "blue"},
        },
        source_url=_PROXY_RESOURCE,
    ),
    _case(
        "two-parameters",
        "Each path parameter has the value of its segment.",
        CaseRequest(path="/items/1/parts/2"),
        {"status": 200, "event:/pathParameters": {"id": "1", "part": "2"}},
        source_url=_PROXY_RESOURCE,
    ),
    _case(
        "exact-before-greedy",
        "An exact segment takes precedence over a greedy path parameter.",
        CaseRequest(path="/files/exact"),
        {"status": 200, "event:/resource": "/files/exact"},
        source_url=_PROXY_RESOURCE,
    ),
    _case(
        "greedy",
        "A greedy path parameter takes all remaining segments.",
        CaseRequest(path="/files/a/b/c"),
        {
            "status": 200,
            "event:/resource": "/files/{path+}",
            "event:/pathParameters": {"path": "a/b/c"},
        },
        source_url=_PROXY_RESOURCE,
    ),
    _case(
        "greedy-needs-a-segment",
        "A greedy path parameter does not match a path without a segment for it.",
        CaseRequest(path="/files"),
        {"status": 403, "json:/message": "Missing Authentication Token"},
        source_url=_PROXY_RESOURCE,
    ),
    _case(
        "greedy-does-not-take-another-method",
        "A resource without the method does not pass the request to a greedy resource.",
        CaseRequest(path="/files/exact", method="DELETE"),
        {"status": 403, "json:/message": "Missing Authentication Token"},
    ),
    _case(
        "trailing-slash",
        "A trailing slash is ignored.",
        CaseRequest(path="/methods/"),
        {"status": 200, "event:/resource": "/methods"},
    ),
    _case(
        "empty-segment",
        "An empty segment in the middle of a path matches only a greedy path parameter.",
        CaseRequest(path="/items//parts/2"),
        {"status": 403, "json:/message": "Missing Authentication Token"},
    ),
    _case(
        "empty-segment-of-greedy",
        "A greedy path parameter takes an empty segment.",
        CaseRequest(path="/files/a//b"),
        {"status": 200, "event:/pathParameters/path": "a//b"},
    ),
    _case(
        "case-of-a-path",
        "Paths are case-sensitive.",
        CaseRequest(path="/ITEMS/blue"),
        {"status": 403, "json:/message": "Missing Authentication Token"},
    ),
    _case(
        "encoded-letter",
        "A percent-encoded letter matches the exact segment.",
        CaseRequest(path="/%61ny"),
        {"status": 200, "event:/resource": "/any"},
        page="local-gateway.md#differences-and-undocumented-behavior",
    ),
    _case(
        "encoded-slash",
        "A percent-encoded slash does not separate segments.",
        CaseRequest(path="/items/a%2Fb"),
        {"status": 200, "event:/resource": "/items/{id}", "event:/pathParameters/id": "a%2Fb"},
    ),
    _case(
        "get-has-no-head",
        "A resource with GET does not serve HEAD.",
        CaseRequest(path="/methods", method="HEAD"),
        {"status": 403},
        source_url=_METHODS,
    ),
    *map(_create_method_case, ("GET", "POST", "PUT", "PATCH", "DELETE")),
    _case(
        "any-trace",
        "`ANY` serves TRACE requests.",
        CaseRequest(path="/any", method="TRACE"),
        {"status": 200, "event:/httpMethod": "TRACE"},
        page="local-gateway.md#differences-and-undocumented-behavior",
    ),
)
"""The cases of this theme."""
