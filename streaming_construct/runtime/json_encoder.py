"""JSON as Lambda's own Python runtime writes it: what `json` takes, and a few types more.

AWS's client encodes with simplejson. It takes the types of `json`, and also `decimal.Decimal` (a
number with all its digits) and `bytes` (UTF-8 text). An object with `_asdict()`, such as a named
tuple, becomes a JSON object.
"""

from __future__ import annotations

import json
import os
import sys
from json.encoder import encode_basestring, encode_basestring_ascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

_LEAVES = frozenset({str, int, float, bool, type(None)})
_FIRST_MINOR_WITHOUT_ESCAPES = 12


def has_ascii_output(execution_environment: str) -> bool:
    r"""Return whether Lambda's runtime writes `\u` escapes: Python 3.11 and older do.

    Args:
        execution_environment: The value of `AWS_EXECUTION_ENV`, such as `AWS_Lambda_python3.13`.
    """
    _, _, minor = execution_environment.partition("AWS_Lambda_python3.")
    return not minor.isdecimal() or int(minor) < _FIRST_MINOR_WITHOUT_ESCAPES


is_ascii = has_ascii_output(os.environ.get("AWS_EXECUTION_ENV", ""))
"""Whether this process's runtime writes escapes; see `has_ascii_output`."""


def encode(value: object, *, ascii_only: bool) -> str:
    """Return a value as JSON.

    Raises:
        TypeError: The value, or something within it, has no JSON form.
        ValueError: The value contains itself, or bytes that are not UTF-8.
    """
    if _is_plain(value):
        return json.dumps(value, ensure_ascii=ascii_only)
    parts: list[str] = []
    _Writer(parts.append, encode_basestring_ascii if ascii_only else encode_basestring).write(value)
    return "".join(parts)


def _is_plain(value: object) -> bool:
    """Return whether `json` itself encodes all of the value; it is several times faster."""
    waiting, visited = [value], set()
    while waiting:
        item = waiting.pop()
        kind = type(item)
        if kind in _LEAVES:
            continue
        if kind not in (dict, list, tuple):
            return False
        if id(item) in visited:
            continue
        visited.add(id(item))
        if isinstance(item, dict):
            waiting.extend(item)
            waiting.extend(item.values())
        elif isinstance(item, (list, tuple)):
            waiting.extend(item)
    return True


class _Writer:
    """Writes one value in parts.

    Args:
        add: Takes a part of the text.
        quote: Encodes a string.
    """

    def __init__(self, add: Callable[[str], object], quote: Callable[[str], str]) -> None:
        self._add = add
        self._quote = quote
        self._open: set[int] = set()

    def write(self, value: Any) -> None:
        if isinstance(value, (str, bytes)):
            self._add(self._quote(_to_text(value)))
        elif value is None or isinstance(value, (bool, int, float)):
            self._add(json.dumps(value))
        elif id(value) in self._open:
            raise ValueError("Circular reference detected")
        else:
            self._open.add(id(value))
            self._write_container(value)
            self._open.discard(id(value))

    def _write_container(self, value: Any) -> None:
        as_mapping = getattr(value, "_asdict", None)
        if callable(as_mapping):
            value = as_mapping()
            if not isinstance(value, dict):
                raise TypeError(f"_asdict() must return a dict, not {type(value).__name__}")
        if isinstance(value, dict):
            self._write_object(value.items())
        elif isinstance(value, (list, tuple)):
            self._write_array(value)
        elif _is_decimal(value):
            self._add("NaN" if value.is_nan() else str(value))
        else:
            raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")

    def _write_array(self, items: Iterable[Any]) -> None:
        separator = "["
        for item in items:
            self._add(separator)
            self.write(item)
            separator = ", "
        self._add("[]" if separator == "[" else "]")

    def _write_object(self, items: Iterable[tuple[Any, Any]]) -> None:
        separator = "{"
        for key, value in items:
            self._add(f"{separator}{self._quote(_to_key(key))}: ")
            self.write(value)
            separator = ", "
        self._add("{}" if separator == "{" else "}")


def _to_text(value: str | bytes) -> str:
    return str(value, "utf-8") if isinstance(value, bytes) else str.__str__(value)


def _to_key(key: object) -> str:
    if isinstance(key, (str, bytes)):
        return _to_text(key)
    if key is None or isinstance(key, (bool, int, float)):
        return json.dumps(key)
    raise TypeError(f"keys must be str, int, float, bool or None, not {type(key).__name__}")


def _is_decimal(value: object) -> bool:
    # Not imported here: a function that has a Decimal has imported it.
    decimal = sys.modules.get("decimal")
    return decimal is not None and isinstance(value, decimal.Decimal)
