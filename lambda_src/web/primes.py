"""Count the primes up to a limit, and print the progress as JSON Lines.

python primes.py LIMIT
"""

import json
import math
import sys
import time
from collections.abc import Iterator
from typing import Any

SEGMENTS = 100


def primes(limit: int) -> Iterator[dict[str, Any]]:
    """Sieve the numbers up to `limit` in 100 segments, and yield the progress after each."""
    start = time.monotonic()
    small = _find_primes(math.isqrt(limit))
    size = max(1, math.ceil(limit / SEGMENTS))
    found, largest = 0, 0
    for low in range(1, limit + 1, size):
        high = min(low + size - 1, limit)
        segment = _sieve_segment(low, high, small)
        found += segment.count(1)
        last = segment.rfind(1)
        largest = low + last if last >= 0 else largest
        percent = round(100 * high / limit)
        yield {"done": high, "of": limit, "percent": percent, "found": found}
    seconds = round(time.monotonic() - start, 3)
    yield {"limit": limit, "primes": found, "largest": largest, "seconds": seconds}


def _find_primes(limit: int) -> list[int]:
    """Return the primes up to `limit`, by the sieve of Eratosthenes."""
    flags = bytearray([1]) * (limit + 1)
    flags[:2] = bytes(min(2, limit + 1))
    for number in range(2, math.isqrt(limit) + 1):
        if flags[number]:
            flags[number * number :: number] = bytes(len(range(number * number, limit + 1, number)))
    return [number for number, flag in enumerate(flags) if flag]


def _sieve_segment(low: int, high: int, small: list[int]) -> bytearray:
    """Return one flag for each number from `low` to `high`: 1 for a prime."""
    flags = bytearray([1]) * (high - low + 1)
    if low == 1:
        flags[0] = 0
    for prime in small:
        first = max(prime * prime, -(-low // prime) * prime)
        if first <= high:
            flags[first - low :: prime] = bytes(len(range(first, high + 1, prime)))
    return flags


if __name__ == "__main__":
    for progress in primes(int(sys.argv[1])):
        print(json.dumps(progress), flush=True)
