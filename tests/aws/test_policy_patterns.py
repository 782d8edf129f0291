"""The wildcards of policies."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from streaming_construct.aws.policy_patterns import is_matching_pattern


@given(
    st.text("ab*?", max_size=8),
    st.text("ab*?", max_size=10),
)
def test_a_pattern_matches_like_its_regular_expression(pattern: str, value: str) -> None:
    parts = {"*": ".*", "?": "."}
    expression = "".join(parts.get(character, re.escape(character)) for character in pattern)
    expected = re.fullmatch(expression, value, re.DOTALL) is not None
    assert is_matching_pattern(pattern, value) is expected
