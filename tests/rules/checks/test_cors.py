"""Rules about CORS headers of a template, by the rules of browsers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from streaming_construct.model.integrations import Integration, TemplatedResponse
from streaming_construct.rules.checks.cors import check_cors
from tests.support.models import ids, new_declaration, new_route

ORIGIN = "Access-Control-Allow-Origin"
CREDENTIALS = {"Access-Control-Allow-Credentials": "'true'"}


def broken_rules(status: int | None, headers: dict[str, str]) -> list[str]:
    """Return the rules that a preflight response breaks, with complete gateway responses."""
    response = TemplatedResponse(status=status, headers=headers)
    mock = Integration(type="mock", responses={"default": response})
    errors = {
        kind: TemplatedResponse(headers={ORIGIN: "'*'"}) for kind in ("DEFAULT_4XX", "DEFAULT_5XX")
    }
    routes = (new_route("/"), replace(new_route("/", "OPTIONS"), integration=mock))
    return ids(check_cors(new_declaration(*routes, gateway_responses=errors)))


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (200, {ORIGIN: "'*'"}, []),
        (None, {ORIGIN: "'https://app.example'"}, []),
        (204, {ORIGIN: "method.request.header.Origin", **CREDENTIALS}, []),
        (200, {ORIGIN: "'https://app.example'", **CREDENTIALS}, []),
        (200, {ORIGIN: "'https://app.example/'"}, ["cors-invalid"]),
        (200, {ORIGIN: "'app.example'"}, ["cors-invalid"]),
        (200, {ORIGIN: "'https://*.example'"}, ["cors-invalid"]),
        (200, {ORIGIN: "'https://a.example,https://b.example'"}, ["cors-invalid"]),
        (302, {ORIGIN: "'*'"}, ["cors-invalid"]),
        # A page that sends no credentials may read such a response.
        (200, {ORIGIN: "'*'", **CREDENTIALS}, ["cors-incomplete"]),
    ],
)
def test_a_preflight_response_of_a_template_is_judged_as_browsers_do(
    status: int | None, headers: dict[str, str], expected: list[str]
) -> None:
    """If browsers reject each page it is an error, if they reject some requests a warning."""
    assert broken_rules(status, headers) == expected


def test_the_origin_of_a_gateway_response_is_checked() -> None:
    """An API without streamed routes is checked, too."""
    response = TemplatedResponse(headers={ORIGIN: "'http://APP.example'"})

    assert ids(check_cors(new_declaration(gateway_responses={"THROTTLED": response}))) == [
        "cors-invalid"
    ]
