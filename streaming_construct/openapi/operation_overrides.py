"""Overrides of operations, given outside the document and keyed by operation."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from streaming_construct.openapi.reader.operations import Operation

_T = TypeVar("_T")


@dataclass(frozen=True)
class Overrides(Generic[_T]):
    """Values for operations, by `METHOD /path`, by `operationId` or by tag."""

    values: Mapping[str, _T]

    def find_for_operation(self, operation: Operation) -> tuple[_T, ...]:
        """Return the values for an operation, the most specific first.

        The order is: its method and path, its `operationId`, its tags in the order of the
        operation.
        """
        values_by_key = {_normalize_key(key): value for key, value in self.values.items()}
        return tuple(
            values_by_key[name]
            for name in dict.fromkeys(list_override_keys(operation))
            if name in values_by_key
        )

    def find_unmatched(self, operations: Iterable[Operation]) -> Iterator[tuple[str, list[str]]]:
        """Yield each key that matches no operation, with up to three similar keys."""
        keys = dict.fromkeys(
            name for operation in operations for name in list_override_keys(operation)
        )
        for key in self.values:
            if _normalize_key(key) not in keys:
                yield key, find_close_matches(_normalize_key(key), keys)


def list_override_keys(operation: Operation) -> Iterator[str]:
    """Yield the keys that override an operation, the most specific first."""
    yield str(operation.key)
    if operation.operation_id is not None:
        yield operation.operation_id
    yield from operation.tags


def find_close_matches(name: str, keys: Iterable[str]) -> list[str]:
    """Return up to three of `keys` that resemble `name`, the closest first."""
    by_fold = {key.casefold(): key for key in keys}
    close = difflib.get_close_matches(name.casefold(), by_fold, n=3, cutoff=0.6)
    _, _, path = name.partition(" ")
    same_path = [fold for fold in by_fold if path and fold.endswith(f" {path.casefold()}")]
    return [by_fold[fold] for fold in dict.fromkeys([*same_path, *close])][:3]


def _normalize_key(key: str) -> str:
    """Return a key with its method in capitals: `GET /pets` for `get /pets`."""
    method, space, path = key.partition(" ")
    return f"{method.upper()} {path.strip()}" if space and path.strip().startswith("/") else key
