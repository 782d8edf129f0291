"""`Timeline`: arrival times of a response body, on a monotonic clock."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Arrival:
    """Bytes that arrived at once, and how many seconds after the request."""

    at: float
    data: bytes


@dataclass(frozen=True)
class Timeline:
    """All arrivals of one response body, in order.

    Args:
        arrivals: The arrivals.
        total: Seconds until the response ended.
        head: Seconds until status and headers arrived. None if they did not.
    """

    arrivals: tuple[Arrival, ...]
    total: float
    head: float | None = None

    @property
    def first_byte(self) -> float | None:
        """Seconds until the first byte of the body, None without a body."""
        return self.arrivals[0].at if self.arrivals else None

    @property
    def gaps(self) -> tuple[float, ...]:
        """Seconds between each arrival and the next."""
        times = [arrival.at for arrival in self.arrivals]
        return tuple(later - earlier for earlier, later in pairwise(times))

    @property
    def span(self) -> float:
        """Seconds between the first and the last arrival."""
        return sum(self.gaps)

    @property
    def silence(self) -> float:
        """Seconds from the last byte, or from the headers without one, to the end."""
        last = self.arrivals[-1].at if self.arrivals else self.head
        return self.total - (last or 0)

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return sum(len(arrival.data) for arrival in self.arrivals)

    @property
    def body(self) -> bytes:
        """The whole body."""
        return b"".join(arrival.data for arrival in self.arrivals)
