"""The validation expression of a token, which a worker process evaluates.

A worker imports this module, so it imports no other module of the gateway.
"""

from __future__ import annotations

import re


def is_matching_expression(pattern: str, token: str) -> bool:
    """Return whether the whole token matches a regular expression."""
    return re.fullmatch(pattern, token) is not None
