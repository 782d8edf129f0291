"""The evaluator of filter patterns gives the results of the examples on AWS's page."""

from __future__ import annotations

import json

import pytest

from tests.support.filter_pattern import extract, match

# The examples of https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
TRAIL = json.dumps(
    {
        "eventType": "UpdateTrail",
        "sourceIPAddress": "111.111.111.111",
        "arrayKey": ["value", "another value"],
        "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
        "SomeObject": None,
        "ThisFlag": True,
    }
)
USERS = json.dumps(
    {
        "user": {"id": 1, "email": "John.Stiles@example.com"},
        "users": [
            {"id": 2, "email": "John.Doe@example.com"},
            {"id": 3, "email": "Jane.Doe@example.com"},
        ],
        "actions": ["GET", "PUT", "DELETE"],
        "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]],
    }
)
APACHE = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'


@pytest.mark.parametrize(
    "pattern",
    [
        '{ $.eventType = "UpdateTrail" }',
        "{ $.sourceIPAddress != 123.123.* }",
        '{ $.arrayKey[0] = "value" }',
        "{ $.objectList[1].id = 2 }",
        "{ $.SomeObject IS NULL }",
        "{ $.SomeOtherObject NOT EXISTS }",
        "{ $.ThisFlag IS TRUE }",
    ],
)
def test_the_conditions_of_the_page_match_its_event(pattern: str) -> None:
    """Each of them matches, and none matches the opposite event."""
    assert match(pattern, TRAIL) is not None
    assert match(pattern, '{"sourceIPAddress": "123.123.1.1", "SomeOtherObject": 1}') is None


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ('{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', True),
        (
            '{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }',
            False,
        ),
        (
            (
                '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch'
                " && $.actions[2] = nomatch }"
            ),
            True,
        ),
        (
            (
                '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch)'
                " && $.actions[2] = nomatch }"
            ),
            False,
        ),
        ("{ $.users = 1 }", False),
        ("{ $.users != 1 }", False),
    ],
)
def test_and_precedes_or_and_parentheses_precede_both(
    pattern: str,
    matches: bool,
) -> None:
    """The selector of a list matches nothing, not even with `!=`."""
    assert (match(pattern, USERS) is not None) == matches


def test_a_number_is_published_from_a_field_that_has_one() -> None:
    """The latency is an example of the page. A dash is no number."""
    assert extract("{ $.latency = * }", '{"latency": 50, "requestType": "GET"}', "$.latency") == 50
    assert extract("{ $.latency = * }", '{"latency": "-"}', "$.latency") is None
    assert extract("{ $.latency = * }", "latency: 50", "$.latency") is None


def test_spaces_separate_fields_except_in_brackets_and_quotes() -> None:
    """The Apache line of the page: a wildcard, an ellipsis, a comparison and an extracted
    number."""
    pattern = "[ip, user, username, timestamp, request = *html*, status_code = 4*, bytes > 1000]"

    assert extract(pattern, APACHE, "$bytes") == 1534
    assert extract("[..., status_code, bytes]", APACHE, "$status_code") == 404
    assert extract("[ip, user, ...]", APACHE) == 1
    assert match(pattern.replace("> 1000", "> 5000"), APACHE) is None
    assert match(pattern.replace("4*", "5*"), APACHE) is None
    assert match("[ip, user]", APACHE) is None


@pytest.mark.parametrize(
    ("pattern", "matched"),
    [
        ("ERROR", [1, 2]),
        ("?ERROR ?WARN", [1, 2, 3]),
        ("ERROR WARN", [1]),
        ("ERROR -WARN", [2]),
        ('"ERROR message"', [2]),
    ],
)
def test_terms_match_as_on_the_page(pattern: str, matched: list[int]) -> None:
    """The page has three events."""
    events = {1: "ERROR WARN message", 2: "ERROR message", 3: "WARN message"}

    assert [n for n, event in events.items() if match(pattern, event) is not None] == matched
