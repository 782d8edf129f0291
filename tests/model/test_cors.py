"""One set of CORS options, and everything that follows from it: all of it must agree."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.model.cors import (
    Cors,
    cors_environment_variables,
    gateway_responses,
    preflight,
    with_preflight,
)
from streaming_construct.model.integrations import TemplatedResponse
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.cors import cors_options_findings
from tests.support.models import ids, new_api, new_route

APP, ADMIN = "https://app.example", "https://admin.example:8443"
SOUND = Cors(
    allow_origins=(APP,), allow_methods=("GET", "POST"), allow_headers=("Authorization", "X-Chat")
)
ANYONE = replace(SOUND, allow_origins=("*",))
SEVERAL = replace(SOUND, allow_origins=(APP, ADMIN))

REFUSED_AND_MENDED = {
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
    "an answer that is a refusal": (
        replace(SOUND, status_code=404),
        replace(SOUND, status_code=200),
    ),
}


@pytest.mark.parametrize("case", REFUSED_AND_MENDED)
def test_options_that_no_browser_would_honour_have_a_twin_that_works(case: str) -> None:
    """Each is refused as `cors-invalid`, and mended it is sound."""
    broken, mended = REFUSED_AND_MENDED[case]

    assert set(ids(cors_options_findings(broken, Subject("API")))) == {"cors-invalid"}
    assert not list(cors_options_findings(mended, Subject("API")))


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
def test_an_origin_is_whatever_a_browser_calls_one(origin: str) -> None:
    """Scheme, host and port; `null` is what sandboxed pages send."""
    assert not list(cors_options_findings(replace(SOUND, allow_origins=(origin,)), Subject("API")))


def test_an_origin_that_is_known_later_is_not_looked_into() -> None:
    """A token of CDK's is not an origin yet; the others still are."""
    cors = replace(SOUND, allow_origins=("${Token[TOKEN.1]}", "app.example"))

    found = list(
        cors_options_findings(
            cors, Subject("API"), is_unresolved=lambda origin: origin.startswith("$")
        )
    )

    assert len(found) == 1
    assert "'app.example'" in found[0].message


def preflight_answer(cors: Cors) -> TemplatedResponse:
    return preflight(cors).responses["default"]


def test_a_preflight_says_what_is_allowed() -> None:
    """As literals, which API Gateway wants in single quotes; the status is in both places."""
    answer = preflight_answer(replace(SOUND, max_age_seconds=600, status_code=200))

    assert dict(answer.headers) == {
        "Access-Control-Allow-Headers": "'Authorization,X-Chat'",
        "Access-Control-Allow-Methods": "'GET,POST'",
        "Access-Control-Allow-Origin": f"'{APP}'",
        "Access-Control-Max-Age": "'600'",
        "Vary": "'Origin'",
    }
    template = preflight(replace(SOUND, status_code=200)).request_templates["application/json"]
    assert (json.loads(template), answer.status) == ({"statusCode": 200}, 200)


def test_credentials_are_said_where_they_are_allowed_and_nowhere_else() -> None:
    """In the preflight and in API Gateway's errors."""
    name = "Access-Control-Allow-Credentials"
    allowed = replace(SOUND, allow_credentials=True)

    for headers in (preflight_answer(allowed).headers, *error_headers(allowed)):
        assert headers[name] == "'true'"
    for headers in (preflight_answer(SOUND).headers, *error_headers(SOUND)):
        assert name not in headers


def test_an_answer_for_everyone_does_not_vary() -> None:
    """A cache may give the same one to all."""
    assert "Vary" not in preflight_answer(ANYONE).headers
    assert preflight_answer(ANYONE).headers["Access-Control-Allow-Origin"] == "'*'"


def test_of_several_origins_the_one_that_asks_is_named() -> None:
    """By a template that names every one of them; a single origin needs none."""
    (template,) = preflight_answer(SEVERAL).templates.values()

    assert re.findall(r'\$origin == "(http[^"]+)"', template) == [APP, ADMIN]
    assert "responseOverride.header.Access-Control-Allow-Origin = $origin" in template
    assert not preflight_answer(SOUND).templates


def error_headers(cors: Cors) -> list[dict[str, str]]:
    responses = gateway_responses(cors)
    assert set(responses) == {"DEFAULT_4XX", "DEFAULT_5XX"}
    return [dict(response.headers) for response in responses.values()]


def test_errors_of_api_gateway_can_be_read_by_the_same_pages() -> None:
    """A browser hides an error that lacks the headers; the status stays API Gateway's."""
    exposing = replace(SOUND, expose_headers=("X-Request-Id",))

    for headers in error_headers(exposing):
        assert headers["Access-Control-Allow-Origin"] == f"'{APP}'"
        assert headers["Access-Control-Expose-Headers"] == "'X-Request-Id'"
    assert all(response.status is None for response in gateway_responses(SOUND).values())


def test_errors_for_several_origins_name_what_a_static_mapping_can() -> None:
    """Everyone, or with credentials, where browsers refuse that, whoever asks."""
    for headers in error_headers(SEVERAL):
        assert headers["Access-Control-Allow-Origin"] == "'*'"
    for headers in error_headers(replace(SEVERAL, allow_credentials=True)):
        assert headers["Access-Control-Allow-Origin"] == "method.request.header.Origin"


def test_a_preflight_is_added_to_every_path_once() -> None:
    """Several methods share it, and a route of one's own for OPTIONS stays alone."""
    api = new_api(
        new_route("/a", "GET"),
        new_route("/a", "POST"),
        new_route("/b", "ANY"),
        new_route("/c", "GET"),
        new_route("/c", "OPTIONS"),
    )

    completed = with_preflight(api, SOUND)

    added = [route for route in completed.routes if route not in api.routes]
    assert [str(route) for route in added] == ["OPTIONS /a", "OPTIONS /b"]
    assert all(route.integration == preflight(SOUND) for route in added)
    assert completed.routes[: len(api.routes)] == api.routes


def test_a_function_is_told_the_same_as_the_browser() -> None:
    """Comma-separated; what was not asked for is not there."""
    assert cors_environment_variables(SOUND) == {
        "CORS_ALLOW_ORIGINS": APP,
        "CORS_ALLOW_METHODS": "GET,POST",
        "CORS_ALLOW_HEADERS": "Authorization,X-Chat",
    }
    everything = replace(
        SEVERAL, expose_headers=("X-Request-Id",), allow_credentials=True, max_age_seconds=-1
    )
    assert cors_environment_variables(everything) == {
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
def test_what_is_let_through_makes_expressions_that_api_gateway_can_read(
    origins: list[str], credentials: bool, status: int
) -> None:
    """No origin breaks out of its quotes, and `*` never goes with credentials."""
    cors = replace(
        SOUND, allow_origins=tuple(origins), allow_credentials=credentials, status_code=status
    )
    if list(cors_options_findings(cors, Subject("API"))):
        return

    answer = preflight_answer(cors)

    for headers in (answer.headers, *error_headers(cors)):
        assert all(
            re.fullmatch(r"'[^'\s]*'|method\.request\.header\.Origin", value)
            for value in headers.values()
        )
        if "Access-Control-Allow-Credentials" in headers:
            assert headers["Access-Control-Allow-Origin"] != "'*'"
    for template in answer.templates.values():
        quoted = re.findall(r'"([^"]*)"', template)
        assert set(origins) <= set(quoted)
        assert not any("$" in text or "#" in text for text in quoted)
