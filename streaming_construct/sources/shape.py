"""What a template holds where a mapping or a list belongs: that, or an empty one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def mapping(value: object) -> Mapping[str, Any]:
    """Return the mapping, or an empty one for anything else (`None`, `Unresolved`)."""
    return value if isinstance(value, Mapping) else {}


def listing(value: object) -> Sequence[Any]:
    """Return the list, or an empty one for anything else (`None`, `Unresolved`)."""
    return value if isinstance(value, list | tuple) else ()
