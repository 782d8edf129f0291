"""`Fn::ForEach`: a fragment of a template, repeated for every item of a collection.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from streaming_construct.templates.stacks.cloud_assembly import CIRCULAR_REFERENCE


def expand_for_each(value: Any, resolve: Callable[[object], Any]) -> Any:
    """Put what every loop produces in its place; a loop that makes no sense stays as it is."""
    if isinstance(value, list):
        return [expand_for_each(item, resolve) for item in value]
    if not isinstance(value, Mapping):
        return value
    unrolled: dict[str, Any] = {}
    for key, item in value.items():
        produced = _produced(item, resolve) if key.startswith(CIRCULAR_REFERENCE) else None
        if produced is None:
            unrolled[key] = expand_for_each(item, resolve)
        else:
            unrolled.update(produced)
    return unrolled


def _produced(loop: Any, resolve: Callable[[object], Any]) -> Mapping[str, Any] | None:
    if not isinstance(loop, list) or len(loop) != 3:
        return None
    identifier, collection, fragment = loop
    items = resolve(collection)
    if not (isinstance(identifier, str) and isinstance(items, list) and isinstance(fragment, dict)):
        return None
    produced: dict[str, Any] = {}
    for item in items:
        if not isinstance(item, str):
            return None
        # The fragment may hold loops of its own, of the same name for every item.
        produced.update(expand_for_each(_replaced(fragment, identifier, item), resolve))
    return produced


def _replaced(value: Any, identifier: str, item: str) -> Any:
    if isinstance(value, str):
        return _in_text(value, identifier, item)
    if isinstance(value, list):
        return [_replaced(each, identifier, item) for each in value]
    if not isinstance(value, Mapping):
        return value
    if value == {"Ref": identifier}:
        return item
    return {
        _in_text(key, identifier, item): _replaced(each, identifier, item)
        for key, each in value.items()
    }


def _in_text(text: str, identifier: str, item: str) -> str:
    """Replace `${Identifier}` by the item, and `&{Identifier}` by its letters and digits."""
    text = text.replace(f"${{{identifier}}}", item)
    return text.replace(f"&{{{identifier}}}", re.sub(r"[^A-Za-z0-9]", "", item))
