"""When the chunks of a stream were written, by their own account.

Whoever writes a time into each chunk tells where a delay arose: chunks that were written apart and
arrive together were held back behind the code that wrote them.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import pairwise

_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d\d:?\d\d)?(?!\d)"
)
# Numbers taken for a time: those from 2001 to 2096, in seconds, milli-, micro- or nanoseconds.
_EPOCH_SECONDS = (1e9, 4e9)
_UNITS = (1.0, 1e3, 1e6, 1e9)
_DEEPEST = 3


@dataclass(frozen=True)
class Stamp:
    """A time in seconds since 1970, and how exact it is in seconds."""

    at: float
    resolution: float


@dataclass(frozen=True)
class ChunkTimestamps:
    """The times in the chunks of a stream, None for chunks without one."""

    times: tuple[float | None, ...]
    resolution: float

    @property
    def known(self) -> tuple[float, ...]:
        """The times there are."""
        return tuple(at for at in self.times if at is not None)


def find_timestamps(texts: Sequence[str]) -> ChunkTimestamps | None:
    """Find the field that says when each chunk was written: ISO 8601, or seconds since 1970.

    It is in three chunks or more and in at least half of them, never goes back, and does not stay
    the same (as the time does at which a completion was created). Returns None where there is none.
    """
    fields: dict[str, dict[int, Stamp]] = defaultdict(dict)
    for number, text in enumerate(texts):
        for name, stamp in _found(text):
            fields[name].setdefault(number, stamp)
    usable = [found for found in fields.values() if _is_informative(found, len(texts))]
    if not usable:
        return None
    best = max(usable, key=lambda found: (len(found), -_coarsest(found)))
    times = (best[n].at if n in best else None for n in range(len(texts)))
    return ChunkTimestamps(tuple(times), _coarsest(best))


def _is_informative(found: dict[int, Stamp], chunks: int) -> bool:
    times = [found[number].at for number in sorted(found)]
    forward = all(earlier <= later for earlier, later in pairwise(times))
    return len(times) >= max(3, chunks / 2) and forward and times[0] != times[-1]


def _coarsest(found: dict[int, Stamp]) -> float:
    return min(stamp.resolution for stamp in found.values())


def _found(text: str) -> Iterator[tuple[str, Stamp]]:
    """Every time in an event or a line, with the name of where it stands."""
    lines = text.splitlines()
    data = "\n".join(line[5:] for line in lines if line.startswith("data:")) or text
    try:
        value = json.loads(data)
    except ValueError:
        value = data
    yield from _within(value, "", _DEEPEST)
    for line in lines:
        if line.startswith("id:"):
            yield from _within(line[3:].strip(), "id:", 0)


def _within(value: object, name: str, depth: int) -> Iterator[tuple[str, Stamp]]:
    if isinstance(value, dict) and depth:
        for key, member in value.items():
            yield from _within(member, f"{name}.{key}", depth - 1)
    elif isinstance(value, str):
        if stamp := _iso(value) or _number(value):
            yield name, stamp
    elif isinstance(value, int | float) and (stamp := _number(repr(value))):
        yield name, stamp


def _iso(text: str) -> Stamp | None:
    match = _ISO.search(text)
    if not match:
        return None
    day, clock, fraction, zone = match.groups()
    offset = "+00:00" if zone in (None, "Z") else zone
    try:
        whole = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=timezone.utc)
        shift = datetime.strptime(offset, "%z").utcoffset()
    except ValueError:  # the 30th of February
        return None
    seconds = whole.timestamp() - (shift.total_seconds() if shift else 0)
    return Stamp(seconds + float(f"0.{fraction or 0}"), 10.0 ** -len(fraction or ""))


def _number(text: str) -> Stamp | None:
    if not re.fullmatch(r"\d{10,19}(\.\d{1,9})?", text):
        return None
    for unit in _UNITS:
        seconds = float(text) / unit
        if _EPOCH_SECONDS[0] <= seconds <= _EPOCH_SECONDS[1]:
            decimals = len(text.partition(".")[2])
            return Stamp(seconds, 10.0**-decimals / unit)
    return None
