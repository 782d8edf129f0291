"""The type of a value that an enum lists."""

from __future__ import annotations

from typing import Any


def has_type(value: Any, name: Any) -> bool:
    """Tell whether a text, number or boolean has the type of that name, when there is one."""
    if name is None:
        return True
    if isinstance(value, bool):
        return bool(name == "boolean")
    if isinstance(value, str):
        return bool(name == "string")
    return name == "number" or (name == "integer" and isinstance(value, int))
