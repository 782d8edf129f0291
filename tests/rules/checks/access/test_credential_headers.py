"""Rules about the headers with credentials that browsers send."""

from __future__ import annotations

import pytest

from streaming_construct.model.authorization import AuthorizerType, MethodAuthorization
from streaming_construct.model.cors import Cors
from streaming_construct.rules.checks.access.credential_headers import check_cors_access
from tests.rules.checks.access.test_authorizers import authorized, authorizer
from tests.support.models import ids, new_route


@pytest.mark.parametrize(
    ("access", "headers", "missing"),
    [
        (MethodAuthorization(authorizer=authorizer()), ("content-type",), ["Authorization"]),
        (MethodAuthorization(authorizer=authorizer()), ("authorization",), []),
        (MethodAuthorization(authorizer=authorizer()), ("*",), ["Authorization"]),
        (MethodAuthorization(api_key_required=True), (), ["X-Api-Key"]),
        (MethodAuthorization(api_key_required=True), ("*",), []),
        (
            MethodAuthorization(authorizer=authorizer(AuthorizerType.IAM, identity_sources=())),
            ("Authorization",),
            ["X-Amz-Date and X-Amz-Security-Token"],
        ),
        (
            MethodAuthorization(
                authorizer=authorizer(
                    AuthorizerType.REQUEST,
                    identity_sources=("method.request.header.X-T", "method.request.querystring.q"),
                )
            ),
            (),
            ["X-T"],
        ),
        (MethodAuthorization(), (), []),
    ],
)
def test_a_required_header_that_cors_does_not_allow_is_a_warning(
    access: MethodAuthorization, headers: tuple[str, ...], missing: list[str]
) -> None:
    """Case does not matter. A wildcard allows all headers but Authorization."""
    cors = Cors(
        allow_origins=("https://app.example",), allow_methods=("GET",), allow_headers=headers
    )
    findings = list(check_cors_access([new_route(access=access)], cors))

    assert ids(findings) == ["cors-header-missing"][: len(missing)]
    assert [
        finding.message.partition(" send ")[2].partition(",")[0] for finding in findings
    ] == missing


def test_without_cors_a_missing_header_is_no_finding() -> None:
    """No page of another origin calls the API."""
    assert not list(check_cors_access([authorized(authorizer())], None))
