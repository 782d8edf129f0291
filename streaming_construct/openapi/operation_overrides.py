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

    given: Mapping[str, _T]

    def for_operation(self, operation: Operation) -> tuple[_T, ...]:
        """The values for an operation, the most specific first.

        That is the one for its method and path, then for its `operationId`, then for its tags in
        the operation's order.
        """
        named = {_spelled(key): value for key, value in self.given.items()}
        return tuple(
            named[name] for name in dict.fromkeys(override_keys(operation)) if name in named
        )

    def unmatched(self, operations: Iterable[Operation]) -> Iterator[tuple[str, list[str]]]:
        """Yield each name that no operation has, with up to three that are like it."""
        keys = dict.fromkeys(name for operation in operations for name in override_keys(operation))
        for key in self.given:
            if _spelled(key) not in keys:
                yield key, close_matches(_spelled(key), keys)


def override_keys(operation: Operation) -> Iterator[str]:
    """The names by which an operation can be overridden, the most specific first."""
    yield str(operation.key)
    if operation.operation_id is not None:
        yield operation.operation_id
    yield from operation.tags


def close_matches(name: str, keys: Iterable[str]) -> list[str]:
    """Return up to three of `known` that resemble `name`, the closest first."""
    by_fold = {key.casefold(): key for key in keys}
    close = difflib.get_close_matches(name.casefold(), by_fold, n=3, cutoff=0.6)
    _, _, path = name.partition(" ")
    same_path = [fold for fold in by_fold if path and fold.endswith(f" {path.casefold()}")]
    return [by_fold[fold] for fold in dict.fromkeys([*same_path, *close])][:3]


def _spelled(key: str) -> str:
    """A key with its method in capitals: `get /pets` is `GET /pets`."""
    method, space, path = key.partition(" ")
    return f"{method.upper()} {path.strip()}" if space and path.strip().startswith("/") else key
