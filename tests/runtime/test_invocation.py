"""Events are decoded as `json.loads` decodes them."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.runtime.errors import LambdaError
from streaming_construct.runtime.invocation import Invocation

BODIES = [
    b'{"a": [1, -2.5e3, true, false, null, "\\u00e9\\n"]}',
    b' \t\r\n{"a" : 1 } \n',
    b'"\xc3\xa9 \xf0\x9f\x98\x80"',
    b'{"a": 1, "b": 2, "a": 3}',
    b"[NaN, Infinity, -Infinity, -0.0, 1e400, 0.1]",
    b"123456789012345678901234567890",
    b"1" * 5000,  # more digits than `int` converts
    rb'["\ud83d\ude00", "\ud83d", "\ude00\ud83d"]',
    b'"\xed\xa0\x80"',  # a surrogate in UTF-8
    b'\xef\xbb\xbf{"a": 1}',
    '{"é": 1}'.encode("utf-16"),
    '{"é": 1}'.encode("utf-16-le"),
    '{"é": 1}'.encode("utf-32-be"),
    b"1\0",
    b'\x0b{"a": 1}',  # white space of Python, but not of JSON
    b'{"a": 1}\xc2\xa0',
    b"",
    b" ",
    b"{",
    b'{"a" 1}',
    b'{"a": 1,}',
    b"[1, 2",
    b"{} {}",
    b"1 x",
    b"tru",
    b"'a'",
    b'"a\nb"',
    b'"a\0b"',
    rb'"\x41"',
    rb'"\u12"',
    b'"abc',
    b"01",
    b"\xff",
    b'"\xff"',
    b"[" * 100_000,
]


def decode(body: bytes) -> tuple[str, Any]:
    """Return the text of the event, or the error of `json.loads` that the runtime passes on."""
    invocation = Invocation({"lambda-runtime-aws-request-id": "1"}, body)
    try:
        return "value", repr(invocation.read_event())
    except LambdaError as error:
        message = str(error).removeprefix("Unable to unmarshal input: ")
        return type(error.__cause__).__name__, message
    except RecursionError:
        return "RecursionError", None


def decode_by_json(body: bytes) -> tuple[str, Any]:
    try:
        return "value", repr(json.loads(body))
    except ValueError as error:
        return type(error).__name__, str(error)
    except RecursionError:
        return "RecursionError", None


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:30]))
def test_an_event_or_its_error_is_that_of_json_loads(body: bytes) -> None:
    """Also bodies in other encodings, with duplicate keys, or with data after the event."""
    assert decode(body) == decode_by_json(body)


@pytest.mark.parametrize("body", [b'{"a" 1}', b"1 x", b'"abc', b'{"a": 1}'])
def test_an_error_without_the_json_module_is_that_of_json_loads(
    body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scanner of the interpreter takes the type of its errors from `json.decoder`."""
    expected = decode_by_json(body)
    for name in [name for name in sys.modules if name.partition(".")[0] == "json"]:
        monkeypatch.delitem(sys.modules, name)

    assert decode(body) == expected


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(values.map(json.dumps).map(str.encode), st.integers(0, 60), st.binary(max_size=2))
def test_a_damaged_event_is_decoded_as_by_json_loads(body: bytes, at: int, damage: bytes) -> None:
    """A few bytes in a correct event are replaced."""
    damaged = body[:at] + damage + body[at + len(damage) :]

    assert decode(damaged) == decode_by_json(damaged)
