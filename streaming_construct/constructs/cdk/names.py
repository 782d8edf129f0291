"""Names out of construct paths, with the characters and the length that AWS accepts."""

from __future__ import annotations

import hashlib
import re
from typing import Final

_HASH_LENGTH: Final = 8


def add_hash(name: str, text: str) -> str:
    """Return `name` with a hash of `text`, which makes it unique."""
    return f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]}"


def create_name(text: str, *, max_length: int, rejected: str | None = None) -> str:
    """Return `text`, or a name made of it if it is too long or has characters that are `rejected`.

    A hash of the text keeps such a name unique. `rejected` is a regular expression.
    """
    name = re.sub(rejected, "-", text) if rejected else text
    if name == text and len(text) <= max_length:
        return text
    return add_hash(name[: max_length - _HASH_LENGTH - 1], text)
