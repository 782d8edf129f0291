"""Rules about the configuration of a JWT authorizer."""

from __future__ import annotations

from typing import Any

import pytest

from streaming_construct.model.jwt_configuration import JwtClaim, JwtConfiguration, JwtIssuer
from streaming_construct.rules.checks.access.jwt import find_jwt_problems


def problems(
    algorithms: tuple[str, ...] = ("RS256",),
    issuers: tuple[JwtIssuer, ...] | None = None,
    **changes: Any,
) -> list[str]:
    if issuers is None:
        members: dict[str, Any] = {"issuer": "https://id.example.com", "audiences": ("chat",)}
        issuers = (JwtIssuer(**{**members, **changes}),)
    problems = find_jwt_problems(JwtConfiguration(issuers=issuers, algorithms=algorithms))
    return [problem for problem, _ in problems]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"issuer": "https://id.example.com/"},
        {"issuer": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a"},
        {"issuer": "${Token[TOKEN.12]}"},
        {"claims": (JwtClaim(name="tenant"),)},
        {"algorithms": ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")},
    ],
)
def test_a_valid_configuration_has_no_problem(changes: dict[str, Any]) -> None:
    """A URL that only the deployment knows is not checked."""
    assert problems(**changes) == []


SAME = JwtIssuer(issuer="https://id.example.com", audiences=("chat",))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"issuer": "http://id.example.com"}, "is not an https URL"),
        ({"issuer": "id.example.com"}, "is not an https URL"),
        ({"issuer": "https://me@id.example.com"}, "is not an https URL"),
        ({"issuer": "https://id.example.com?a=b"}, "is not an https URL"),
        ({"issuer": "https://id.example.com#a"}, "is not an https URL"),
        ({"issuer": "https://[id"}, "is not an https URL"),
        ({"audiences": ()}, "has no audience"),
        ({"audiences": ("chat", " ")}, "has an empty audience"),
        ({"algorithms": ()}, "no signing algorithm"),
        ({"algorithms": ("HS256",)}, "algorithm HS256"),
        ({"algorithms": ("none",)}, "algorithm none"),
        ({"claims": (JwtClaim(name="scope"),)}, "validates claim scope itself"),
        ({"claims": (JwtClaim(name=""),)}, "has no name"),
        ({"claims": (JwtClaim(name="a"), JwtClaim(name="a"))}, "claim a twice"),
        ({"issuers": ()}, "the authorizer has no issuer"),
        ({"issuers": (SAME, SAME)}, "twice"),
    ],
)
def test_an_invalid_configuration_has_a_problem(changes: dict[str, Any], problem: str) -> None:
    """Each defect has one, with its fix."""
    (message,) = problems(**changes)

    assert problem in message
