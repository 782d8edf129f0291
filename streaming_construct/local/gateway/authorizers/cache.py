"""`TtlCache`: the cache of authorizer results."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

_Value = TypeVar("_Value")
# Load tests use many tokens; the oldest entries are removed.
_MAX_ENTRIES: Final = 10_000


class TtlCache(Generic[_Value]):
    """Keeps each value for `ttl_seconds`; with 0, it keeps none."""

    def __init__(self, ttl_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._ttl = ttl_seconds
        self._clock = clock
        self._entries: OrderedDict[Hashable, tuple[float, _Value]] = OrderedDict()

    def get(self, key: Hashable) -> _Value | None:
        """Return a value that is still fresh."""
        expires, value = self._entries.get(key, (0.0, None))
        return value if value is not None and self._clock() < expires else None

    def put(self, key: Hashable, value: _Value) -> None:
        """Keep a value."""
        if self._ttl > 0:
            self._entries[key] = (self._clock() + self._ttl, value)
            self._entries.move_to_end(key)
            if len(self._entries) > _MAX_ENTRIES:
                self._entries.popitem(last=False)
