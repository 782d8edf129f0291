"""The wildcards of IAM policies, in actions, in resources and in conditions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations


def is_matching_pattern(pattern: str, value: str) -> bool:
    """Return whether a value matches a pattern: `*` is any text, `?` is any character.

    There is no backtracking, because a client chooses the value and may choose the worst. The text
    between two asterisks is found at its first place, which leaves most to the rest.
    """
    first, *rest = pattern.split("*")
    if not _is_at(first, value, 0):
        return False
    if not rest:
        return len(value) == len(first)
    *inner, last = rest
    start = len(first)
    for text in inner:
        position = _find(text, value, start)
        if position < 0:
            return False
        start = position + len(text)
    return len(value) - len(last) >= start and _is_at(last, value, len(value) - len(last))


def _is_at(text: str, value: str, start: int) -> bool:
    """Return whether a text, in which `?` is any character, stands at this place of a value."""
    part = value[start : start + len(text)]
    return len(part) == len(text) and all(a in ("?", b) for a, b in zip(text, part, strict=True))


def _find(text: str, value: str, start: int) -> int:
    """Return the first place of a text, in which `?` is any character; -1 if it has none."""
    if "?" not in text:
        return value.find(text, start)
    offsets = range(start, len(value) - len(text) + 1)
    return next((offset for offset in offsets if _is_at(text, value, offset)), -1)
