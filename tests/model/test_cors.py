"""One set of CORS options, and the preflight, headers and variables that follow from it."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.model.cors import (
    Cors,
    add_preflights,
    build_cors_environment_variables,
    create_gateway_responses,
    create_preflight,
)
from streaming_construct.model.integrations import TemplatedResponse
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.cors import check_cors_options
from tests.support.models import ids, new_api, new_route

APP, ADMIN = "https://app.example", "https://admin.example:8443"
SOUND = Cors(
    allow_origins=(APP,), allow_methods=("GET", "POST"), allow_headers=("Authorization", "X-Chat")
)
ANYONE = replace(SOUND, allow_origins=("*",))
SEVERAL = replace(SOUND, allow_origins=(APP, ADMIN))

REJECTED_AND_CORRECTED = {
    "no origin": (replace(SOUND, allow_origins=()), SOUND),
    "every origin beside others": (replace(SOUND, allow_origins=("*", APP)), ANYONE),
    "credentials for everyone": (
        replace(ANYONE, allow_credentials=True),
        replace(SOUND, allow_credentials=True),
    ),
    "a wildcard in an origin": (replace(SOUND, allow_origins=("https://*.example",)), SEVERAL),
    "a path in an origin": (replace(SOUND, allow_origins=("https://app.example/chat",)), SOUND),
    "a slash at the end": (replace(SOUND, allow_origins=("https://app.example/",)), SOUND),
    "no scheme": (replace(SOUND, allow_origins=("app.example",)), SOUND),
    "capitals, which browsers never send": (
        replace(SOUND, allow_origins=("https://App.example",)),
        SOUND,
    ),
    "a quote, which ends API Gateway's literal": (
        replace(SOUND, allow_origins=("https://app'.example",)),
        SOUND,
    ),
    "a method that no resource has": (replace(SOUND, allow_methods=("GET", "TRACE")), SOUND),
    "a response with an error status": (
        replace(SOUND, status_code=404),
        replace(SOUND, status_code=200),
    ),
}


@pytest.mark.parametrize("case", REJECTED_AND_CORRECTED)
def test_options_that_no_browser_accepts_are_an_error(case: str) -> None:
    """Each breaks `cors-invalid`, and its corrected form does not."""
    broken, corrected = REJECTED_AND_CORRECTED[case]

    assert set(ids(check_cors_options(broken, Subject("API")))) == {"cors-invalid"}
    assert not list(check_cors_options(corrected, Subject("API")))


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:3000",
        "http://127.0.0.1:8000",
        "http://[::1]:8000",
        "https://sub-domain.app.example",
        "https://my_host.example",
        "capacitor://localhost",
        "chrome-extension://abcdefghijklmnop",
        "null",
    ],
)
def test_an_origin_has_the_form_that_browsers_send(origin: str) -> None:
    """Scheme, host and port; `null` is that of sandboxed pages."""
    assert not list(check_cors_options(replace(SOUND, allow_origins=(origin,)), Subject("API")))


def test_an_origin_that_is_a_token_is_not_checked() -> None:
    """The others are."""
    cors = replace(SOUND, allow_origins=("${Token[TOKEN.1]}", "app.example"))

    findings = list(
        check_cors_options(
            cors, Subject("API"), is_unresolved=lambda origin: origin.startswith("$")
        )
    )

    assert len(findings) == 1
    assert "'app.example'" in findings[0].message


def preflight_response(cors: Cors) -> TemplatedResponse:
    return create_preflight(cors).responses["default"]


def test_a_preflight_has_the_allowed_methods_and_headers() -> None:
    """They are literals in single quotes. The status is in both places."""
    response = preflight_response(replace(SOUND, max_age_seconds=600, status_code=200))

    assert dict(response.headers) == {
        "Access-Control-Allow-Headers": "'Authorization,X-Chat'",
        "Access-Control-Allow-Methods": "'GET,POST'",
        "Access-Control-Allow-Origin": f"'{APP}'",
        "Access-Control-Max-Age": "'600'",
        "Vary": "'Origin'",
    }
    template = create_preflight(replace(SOUND, status_code=200)).request_templates[
        "application/json"
    ]
    assert (json.loads(template), response.status) == ({"statusCode": 200}, 200)


def test_the_credentials_header_is_sent_only_if_allowed() -> None:
    """In the preflight and in API Gateway's errors."""
    name = "Access-Control-Allow-Credentials"
    allowed = replace(SOUND, allow_credentials=True)

    for headers in (preflight_response(allowed).headers, *error_headers(allowed)):
        assert headers[name] == "'true'"
    for headers in (preflight_response(SOUND).headers, *error_headers(SOUND)):
        assert name not in headers


def test_a_response_for_every_origin_does_not_vary() -> None:
    """A cache may give it to all."""
    assert "Vary" not in preflight_response(ANYONE).headers
    assert preflight_response(ANYONE).headers["Access-Control-Allow-Origin"] == "'*'"


def test_a_preflight_for_several_origins_names_that_of_the_request() -> None:
    """A template has every origin. A single origin needs none."""
    (template,) = preflight_response(SEVERAL).templates.values()

    assert re.findall(r'\$origin == "(http[^"]+)"', template) == [APP, ADMIN]
    assert "responseOverride.header.Access-Control-Allow-Origin = $origin" in template
    assert not preflight_response(SOUND).templates


def error_headers(cors: Cors) -> list[dict[str, str]]:
    responses = create_gateway_responses(cors)
    assert set(responses) == {"DEFAULT_4XX", "DEFAULT_5XX"}
    return [dict(response.headers) for response in responses.values()]


def test_errors_of_api_gateway_can_be_read_by_the_same_pages() -> None:
    """A browser hides an error without the headers. The status stays that of API Gateway."""
    exposing = replace(SOUND, expose_headers=("X-Request-Id",))

    for headers in error_headers(exposing):
        assert headers["Access-Control-Allow-Origin"] == f"'{APP}'"
        assert headers["Access-Control-Expose-Headers"] == "'X-Request-Id'"
    assert all(response.status is None for response in create_gateway_responses(SOUND).values())


def test_errors_for_several_origins_use_a_static_mapping() -> None:
    """They allow all origins or, with credentials, return that of the request."""
    for headers in error_headers(SEVERAL):
        assert headers["Access-Control-Allow-Origin"] == "'*'"
    for headers in error_headers(replace(SEVERAL, allow_credentials=True)):
        assert headers["Access-Control-Allow-Origin"] == "method.request.header.Origin"


def test_a_preflight_is_added_to_every_path_once() -> None:
    """Several methods share it, and an OPTIONS route of the user stays."""
    api = new_api(
        new_route("/a", "GET"),
        new_route("/a", "POST"),
        new_route("/b", "ANY"),
        new_route("/c", "GET"),
        new_route("/c", "OPTIONS"),
    )

    completed = add_preflights(api, SOUND)

    added = [route for route in completed.routes if route not in api.routes]
    assert [str(route) for route in added] == ["OPTIONS /a", "OPTIONS /b"]
    assert all(route.integration == create_preflight(SOUND) for route in added)
    assert completed.routes[: len(api.routes)] == api.routes


def test_the_variables_of_a_function_have_the_same_values() -> None:
    """Lists have commas. Options that are not set have no variable."""
    assert build_cors_environment_variables(SOUND) == {
        "CORS_ALLOW_ORIGINS": APP,
        "CORS_ALLOW_METHODS": "GET,POST",
        "CORS_ALLOW_HEADERS": "Authorization,X-Chat",
    }
    everything = replace(
        SEVERAL, expose_headers=("X-Request-Id",), allow_credentials=True, max_age_seconds=-1
    )
    assert build_cors_environment_variables(everything) == {
        "CORS_ALLOW_ORIGINS": f"{APP},{ADMIN}",
        "CORS_ALLOW_METHODS": "GET,POST",
        "CORS_ALLOW_HEADERS": "Authorization,X-Chat",
        "CORS_EXPOSE_HEADERS": "X-Request-Id",
        "CORS_ALLOW_CREDENTIALS": "true",
        "CORS_MAX_AGE": "-1",
    }


ORIGINS = st.lists(
    st.just("*")
    | st.just("null")
    | st.text(alphabet="aA0.-_:[]*/ '\"$#\n", max_size=6).map(lambda host: f"https://{host}"),
    min_size=1,
    max_size=3,
)


@given(origins=ORIGINS, credentials=st.booleans(), status=st.integers(100, 599))
def test_accepted_options_make_valid_expressions(
    origins: list[str], credentials: bool, status: int
) -> None:
    """No origin ends its quotes, and `*` is never combined with credentials."""
    cors = replace(
        SOUND, allow_origins=tuple(origins), allow_credentials=credentials, status_code=status
    )
    if list(check_cors_options(cors, Subject("API"))):
        return

    response = preflight_response(cors)

    for headers in (response.headers, *error_headers(cors)):
        assert all(
            re.fullmatch(r"'[^'\s]*'|method\.request\.header\.Origin", value)
            for value in headers.values()
        )
        if "Access-Control-Allow-Credentials" in headers:
            assert headers["Access-Control-Allow-Origin"] != "'*'"
    for template in response.templates.values():
        quoted = re.findall(r'"([^"]*)"', template)
        assert set(origins) <= set(quoted)
        assert not any("$" in text or "#" in text for text in quoted)
