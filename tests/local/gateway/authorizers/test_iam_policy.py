"""Evaluation of the policies of Lambda authorizers, and of resource policies."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.local.gateway.authorizers.iam_policy import (
    PolicyDecision,
    PolicyError,
    evaluate_policy,
)

API = "arn:aws:execute-api:us-east-1:123456789012:abc123/prod"
ARN = f"{API}/GET/jobs/7"


def policy(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statement(effect: str, resource: Any, action: Any = "execute-api:Invoke") -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource}


@pytest.mark.parametrize(
    ("document", "verdict"),
    [
        (policy(statement("Allow", ARN)), PolicyDecision.ALLOWED),
        (policy(statement("Allow", [f"{API}/POST/*", f"{API}/GET/*"])), PolicyDecision.ALLOWED),
        (policy(statement("Allow", f"{API}/*/jobs/?")), PolicyDecision.ALLOWED),
        (policy(statement("Allow", "*", "EXECUTE-API:*")), PolicyDecision.ALLOWED),
        (policy(statement("Allow", "*", ["s3:GetObject", "*"])), PolicyDecision.ALLOWED),
        ({"Statement": statement("Allow", "*")}, PolicyDecision.ALLOWED),
        (policy(statement("Allow", f"{API}/GET/jobs")), PolicyDecision.NOT_MENTIONED),
        (policy(statement("Allow", f"{API}/get/*")), PolicyDecision.NOT_MENTIONED),
        (policy(statement("Allow", "*", "s3:GetObject")), PolicyDecision.NOT_MENTIONED),
        (policy(), PolicyDecision.NOT_MENTIONED),
        (policy(statement("Deny", ARN), statement("Allow", "*")), PolicyDecision.DENIED),
        (policy(statement("Allow", "*"), statement("Deny", f"{API}/*")), PolicyDecision.DENIED),
        (
            policy({"Effect": "Allow", "NotAction": "s3:*", "NotResource": f"{API}/POST/*"}),
            PolicyDecision.ALLOWED,
        ),
    ],
)
def test_a_denial_overrides_and_no_statement_denies(document: Any, verdict: PolicyDecision) -> None:
    """Effect, action and resource decide, with wildcards in both."""
    assert evaluate_policy(document, ARN) is verdict


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (None, "policyDocument is not an object"),
        ({}, "a Statement is not an object"),
        (policy(statement("allow", "*")), "Effect is Allow or Deny"),
        (policy({"Effect": "Allow", "Action": "*"}), "either Resource or NotResource"),
        (policy(statement("Allow", 7)), "Resource is not a string"),
        (policy(statement("Allow", [])), "Resource is not a string"),
        (policy({**statement("Allow", "*"), "Condition": {}}), "Condition, which is not evaluated"),
    ],
)
def test_an_invalid_policy_is_an_error(document: Any, message: str) -> None:
    """An invalid policy allows nothing."""
    with pytest.raises(PolicyError, match=message):
        evaluate_policy(document, ARN)


PATHS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="*?"), max_size=20)


@given(PATHS, PATHS)
def test_a_resource_without_wildcards_matches_only_itself(path: str, other: str) -> None:
    """Each character of a path stands for itself."""
    document = policy(statement("Allow", f"{API}/GET/{path}"))
    expected = PolicyDecision.ALLOWED if path == other else PolicyDecision.NOT_MENTIONED

    assert evaluate_policy(document, f"{API}/GET/{other}") is expected


@given(PATHS, PATHS, PATHS)
def test_a_star_matches_any_text(before: str, inside: str, after: str) -> None:
    """It matches any text between two other parts, slashes included."""
    document = policy(statement("Allow", f"{API}/{before}*{after}"))

    assert evaluate_policy(document, f"{API}/{before}{inside}{after}") is PolicyDecision.ALLOWED


@given(st.lists(st.sampled_from(["Allow", "Deny"]), max_size=6), st.booleans())
def test_the_order_of_statements_does_not_matter(effects: list[str], turned: bool) -> None:
    """A denial overrides at any place."""
    statements = [statement(effect, "*") for effect in effects]
    verdict = evaluate_policy(policy(*(reversed(statements) if turned else statements)), ARN)

    if "Deny" in effects:
        assert verdict is PolicyDecision.DENIED
    else:
        assert verdict is (PolicyDecision.ALLOWED if effects else PolicyDecision.NOT_MENTIONED)


MEMBERS = st.sampled_from(["Statement", "Effect", "Action", "Resource"])
JSON = st.recursive(
    st.none() | st.text() | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(MEMBERS, inner),
)


@given(JSON)
def test_any_json_is_a_decision_or_a_policy_error(document: Any) -> None:
    """No value that a function returns breaks the evaluation."""
    with suppress(PolicyError):
        assert evaluate_policy(document, ARN) in PolicyDecision


FROM_OFFICE = {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}}
ELSEWHERE = {"NotIpAddress": {"AWS:sourceip": "203.0.113.0/24"}}


def for_all_principals(effect: str, **more: Any) -> dict[str, Any]:
    return {**statement(effect, "*"), "Principal": "*", **more}


@pytest.mark.parametrize(
    ("statements", "source_ip", "verdict"),
    [
        (
            [for_all_principals("Allow", Condition=FROM_OFFICE)],
            "203.0.113.9",
            PolicyDecision.ALLOWED,
        ),
        (
            [for_all_principals("Allow", Condition=FROM_OFFICE)],
            "2001:db8::1",
            PolicyDecision.ALLOWED,
        ),
        (
            [for_all_principals("Allow", Condition=FROM_OFFICE)],
            "198.51.100.1",
            PolicyDecision.NOT_MENTIONED,
        ),
        (
            [for_all_principals("Allow"), for_all_principals("Deny", Condition=ELSEWHERE)],
            "198.51.100.1",
            PolicyDecision.DENIED,
        ),
        (
            [for_all_principals("Allow"), for_all_principals("Deny", Condition=ELSEWHERE)],
            "203.0.113.9",
            PolicyDecision.ALLOWED,
        ),
    ],
)
def test_a_resource_policy_checks_the_source_address(
    statements: list[Any], source_ip: str, verdict: PolicyDecision
) -> None:
    """It supports both versions of IP, and keys in any case."""
    assert evaluate_policy(policy(*statements), ARN, source_ip=source_ip) is verdict


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"Principal": {"AWS": "111122223333"}}, "only IAM knows the Principal"),
        ({"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}, "StringEquals aws:SourceV"),
        ({"Condition": {"IpAddress": {"aws:VpcSourceIp": "10.0.0.1"}}}, "aws:VpcSourceIp"),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "office"}}}, "does not appear to be"),
    ],
)
def test_a_resource_policy_with_other_conditions_is_not_evaluated(
    more: dict[str, Any], message: str
) -> None:
    """The reason is reported, and no part of it is evaluated."""
    with pytest.raises(PolicyError, match=message):
        evaluate_policy(policy(for_all_principals("Allow", **more)), ARN, source_ip="127.0.0.1")


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*/*/*/tenants/*/items/*/secret", "a" + "/" * 1400 + "a"),
        ("arn:aws:execute-api:*:*:*/*/*/admin/*", ":/" * 700),
        ("*/tenants/*/items/*/secret", "tenants/items/" * 100),
        ("*a" * 30 + "*b", "a" * 1400),
        ("*?a?" * 30 + "*b", "a" * 1400),
    ],
)
def test_each_pattern_matches_in_bounded_time(pattern: str, path: str) -> None:
    """The time grows with the lengths, not with the number of ways to match."""
    arn = "arn:aws:execute-api:eu-west-1:123456789012:abc/prod/GET/" + path
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": pattern}
    began = time.process_time()
    evaluate_policy({"Statement": statement}, arn)
    assert time.process_time() - began < 5  # a backtracking matcher takes minutes
