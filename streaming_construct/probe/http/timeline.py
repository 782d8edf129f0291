"""When the pieces of a response body arrived, on a clock that only goes forward."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Arrival:
    """Bytes that came in at once, and how many seconds after the request was sent."""

    at: float
    data: bytes


@dataclass(frozen=True)
class Timeline:
    """All arrivals of one response body, in order, and the seconds until the response ended.

    `head` is when status and headers were there, None where nobody looked or none came.
    """

    arrivals: tuple[Arrival, ...]
    total: float
    head: float | None = None

    @property
    def first_byte(self) -> float | None:
        """Seconds until the first byte of the body, or None where there is no body."""
        return self.arrivals[0].at if self.arrivals else None

    @property
    def gaps(self) -> tuple[float, ...]:
        """Seconds between one arrival and the next."""
        times = [arrival.at for arrival in self.arrivals]
        return tuple(later - earlier for earlier, later in pairwise(times))

    @property
    def span(self) -> float:
        """Seconds from the first arrival to the last."""
        return sum(self.gaps)

    @property
    def silence(self) -> float:
        """Seconds from the last sign of life, a byte or the head, to the end."""
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
