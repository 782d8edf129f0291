"""The JSON encoder writes the text of AWS's client for any value."""

from __future__ import annotations

import collections
import decimal
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming_construct.runtime import json_encoder

Pair = collections.namedtuple("Pair", "first second")  # noqa: PYI024 - the untyped form, as functions have it

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.decimals()
    | st.binary(max_size=4)
)
keys = st.text(max_size=4) | st.integers() | st.booleans() | st.none() | st.floats()
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(keys, inner, max_size=4)
        | st.tuples(inner, inner)
        | st.builds(Pair, inner, inner)
    ),
    max_leaves=12,
)


def outcome(encode: Any, value: object) -> tuple[str, str]:
    """Return the text of an encoder, or the type of its error."""
    try:
        return "text", encode(value)
    except (TypeError, ValueError) as error:
        return "error", type(error).__name__


@given(values, st.booleans())
@settings(max_examples=300)
def test_any_value_is_encoded_as_by_the_client_of_aws(value: object, ascii_only: bool) -> None:
    """The text is the same, or the error has the same type."""
    marshaller = pytest.importorskip(
        "awslambdaric.lambda_runtime_marshaller", reason="awslambdaric is for Linux"
    )
    encoder = marshaller.Encoder()
    encoder.ensure_ascii = ascii_only

    ours = outcome(lambda v: json_encoder.encode(v, ascii_only=ascii_only), value)

    assert ours == outcome(encoder.encode, value)


@pytest.mark.parametrize(
    "value", [{1}, object(), {decimal.Decimal(1): 1}, [b"\xff"], {(1,): 2}, [decimal.Decimal, 1]]
)
def test_a_value_without_json_form_is_an_error(value: object) -> None:
    """It stands beside values that `json` accepts and beside others."""
    for encodable in (value, [decimal.Decimal("1.5"), value]):
        with pytest.raises((TypeError, ValueError)):
            json_encoder.encode(encodable, ascii_only=True)


def test_a_deep_value_is_an_error_and_not_a_crash() -> None:
    """It is as deep as a function can build it without recursion."""
    deep: list[Any] = [decimal.Decimal(1)]
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(RecursionError):
        json_encoder.encode(deep, ascii_only=False)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ("AWS_Lambda_python3.9", True),
        ("AWS_Lambda_python3.11", True),
        ("AWS_Lambda_python3.12", False),
        ("AWS_Lambda_python3.15", False),
        ("AWS_Lambda_nodejs24.x", True),
        ("", True),
    ],
)
def test_escapes_end_with_python_3_12(environment: str, expected: bool) -> None:
    """The runtime that Lambda names decides, not the interpreter."""
    assert json_encoder.has_ascii_output(environment) is expected


def test_ordinary_values_are_those_of_json() -> None:
    """The fast implementation and the other one write the same."""
    value = {"a": [1, 2.5, None, True, "é\u2028"], "b": {"c": ()}}

    plain = json_encoder.encode(value, ascii_only=False)
    text = json_encoder.encode([value, decimal.Decimal(1)], ascii_only=False)

    assert plain == json.dumps(value, ensure_ascii=False)
    assert text == f"[{plain}, 1]"
