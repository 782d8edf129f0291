"""The prelude of a streamed response."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.aws.limits import PRELUDE_DELIMITER, PRELUDE_MAX_BYTES
from streaming_construct.local.gateway.integrations.prelude import (
    Prelude,
    PreludeError,
    PreludeParser,
    parse_prelude,
)


def parse(*chunks: bytes) -> tuple[Prelude, bytes] | None:
    """Feed chunks until the prelude is complete. The bytes after it are collected."""
    parser = PreludeParser()
    parsed: tuple[Prelude, bytes] | None = None
    for chunk in chunks:
        parsed = (parsed[0], parsed[1] + chunk) if parsed else parser.feed(chunk)
    return parsed


@pytest.mark.parametrize(
    ("prelude", "expected"),
    [
        ({}, Prelude(200, ())),
        ({"statusCode": 404}, Prelude(404, ())),
        ({"statusCode": "201"}, Prelude(201, ())),
        ({"headers": {"A": "1", "B": True}}, Prelude(200, (("A", "1"), ("B", "true")))),
        ({"multiValueHeaders": {"A": ["1", "2"]}}, Prelude(200, (("A", "1"), ("A", "2")))),
        (
            {"headers": {"a": "lost", "b": "kept"}, "multiValueHeaders": {"A": ["won"]}},
            Prelude(200, (("b", "kept"), ("A", "won"))),
        ),
        ({"cookies": ["a=1", "b=2"]}, Prelude(200, (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")))),
        ({"headers": None, "cookies": None}, Prelude(200, ())),
    ],
)
def test_status_headers_and_cookies_are_read(prelude: dict[str, Any], expected: Prelude) -> None:
    """Every key may be missing. `multiValueHeaders` precedes `headers`."""
    assert parse_prelude(json.dumps(prelude).encode()) == expected


@pytest.mark.parametrize(
    ("prelude", "message"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b'{"statusCode": 200, "body": ""}', "unknown keys: body"),
        (b'{"statusCode": "ok"}', "statusCode"),
        (b'{"statusCode": null}', "statusCode"),
        (b'{"statusCode": true}', "statusCode"),
        (b'{"statusCode": 99}', "statusCode"),
        (b'{"statusCode": 101}', "statusCode"),
        (b'{"statusCode": 600}', "statusCode"),
        (b'{"headers": []}', "headers is not an object"),
        (b'{"headers": {"A": ["1", "2"]}}', "belong in multiValueHeaders"),
        (b'{"headers": {"A": 1}}', "headers: A is not a string"),
        (b'{"headers": {"A": null}}', "headers: A is not a string"),
        (b'{"headers": {"A b": "1"}}', "'A b' is not the name of a header"),
        (b'{"headers": {"": "1"}}', "is not the name of a header"),
        (b'{"headers": {"A": "1\\r\\nB: 2"}}', "no header can carry"),
        (b'{"headers": {"A": "\\u20ac"}}', "no header can carry"),
        (b'{"multiValueHeaders": {"A": "1"}}', "multiValueHeaders: A is not a list"),
        (b'{"multiValueHeaders": {"A": [1]}}', "multiValueHeaders: A is not a string"),
        (b'{"cookies": "a=1"}', "Set-Cookie is not a list"),
        (b'{"cookies": [1]}', "Set-Cookie is not a string"),
    ],
)
def test_a_prelude_that_api_gateway_rejects_has_a_named_error(prelude: bytes, message: str) -> None:
    """Each mistake is an error that names it."""
    with pytest.raises(PreludeError, match=message):
        parse_prelude(prelude)


def test_the_delimiter_ends_within_the_first_16_kib() -> None:
    """A prelude of that size is accepted. One byte more is an error at once, in any chunks."""
    fitting = b"{}" + b" " * (PRELUDE_MAX_BYTES - 2 - len(PRELUDE_DELIMITER)) + PRELUDE_DELIMITER
    assert len(fitting) == PRELUDE_MAX_BYTES

    assert parse(fitting + b"body") == (Prelude(200, ()), b"body")
    assert parse(*(bytes([byte]) for byte in fitting)) == (Prelude(200, ()), b"")
    for chunks in ([b" " + fitting], [b" ", fitting], [b" " * PRELUDE_MAX_BYTES]):
        with pytest.raises(PreludeError, match="hold no delimiter"):
            parse(*chunks)


@pytest.mark.parametrize(
    ("chunks", "message"),
    [
        ([], "sent nothing"),
        ([b""], "sent nothing"),
        ([b'{"statusCode": 200}'], "ended without the delimiter"),
        ([b"{}" + b"\0" * 7], "ended without the delimiter"),
    ],
)
def test_a_response_without_delimiter_is_an_error_at_its_end(
    chunks: list[bytes], message: str
) -> None:
    """Until the end, the delimiter can still arrive."""
    parser = PreludeParser()
    for chunk in chunks:
        assert parser.feed(chunk) is None

    assert message in str(parser.end())


@given(
    headers=st.dictionaries(
        st.text(alphabet="abcXYZ-", min_size=1),
        st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)),
        max_size=4,
    ),
    body=st.binary(max_size=64),
    cuts=st.lists(st.integers(0, 400), max_size=8),
)
def test_chunks_of_any_size_give_the_same_prelude(
    headers: dict[str, str], body: bytes, cuts: list[int]
) -> None:
    """The prelude and the body are the same, NULs included."""
    message = json.dumps({"headers": headers}).encode() + PRELUDE_DELIMITER + body
    places = [0, *sorted(min(cut, len(message)) for cut in cuts), len(message)]
    chunks = [message[start:end] for start, end in itertools.pairwise(places)]

    assert parse(*chunks) == (Prelude(200, tuple(headers.items())), body)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_prelude_or_a_named_error(data: bytes) -> None:
    """No bytes of a function raise another error."""
    try:
        parse_prelude(data)
    except PreludeError as error:
        assert str(error)  # noqa: PT017 - the other outcome is as good
