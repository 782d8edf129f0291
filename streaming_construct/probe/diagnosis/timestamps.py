"""Timestamps that an app writes into the chunks of a stream.

They show where a delay arose: if chunks were written apart and arrive together, a component behind
the code that wrote them buffered them.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import pairwise
from typing import Final

_ISO_8601: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d\d:?\d\d)?(?!\d)"
)
# Numbers that count as times: from 2001 to 2096, in seconds, milli-, micro- or nanoseconds.
_EPOCH_SECONDS: Final = (1e9, 4e9)
_UNITS: Final = (1.0, 1e3, 1e6, 1e9)
_MAX_DEPTH: Final = 3


@dataclass(frozen=True)
class Timestamp:
    """A time in seconds since 1970, and its resolution in seconds."""

    at: float
    resolution: float


@dataclass(frozen=True)
class ChunkTimestamps:
    """The timestamps of the chunks of a stream, None for chunks without one."""

    times: tuple[float | None, ...]
    resolution: float

    @property
    def present(self) -> tuple[float, ...]:
        """The timestamps of the chunks that have one."""
        return tuple(at for at in self.times if at is not None)


def find_timestamps(texts: Sequence[str]) -> ChunkTimestamps | None:
    """Find the field with the time of each chunk: ISO 8601, or a number since 1970.

    The field is in three chunks or more, and in at least half of them. Its time never goes back
    and changes at least once. Returns None if there is no such field.
    """
    fields: dict[str, dict[int, Timestamp]] = defaultdict(dict)
    for number, text in enumerate(texts):
        for name, timestamp in _find(text):
            fields[name].setdefault(number, timestamp)
    usable = [field for field in fields.values() if _is_informative(field, len(texts))]
    if not usable:
        return None
    best = max(usable, key=lambda field: (len(field), -_find_resolution_seconds(field)))
    times = (best[n].at if n in best else None for n in range(len(texts)))
    return ChunkTimestamps(tuple(times), _find_resolution_seconds(best))


def _is_informative(field: dict[int, Timestamp], chunks: int) -> bool:
    times = [field[number].at for number in sorted(field)]
    is_monotonic = all(earlier <= later for earlier, later in pairwise(times))
    return len(times) >= max(3, chunks / 2) and is_monotonic and times[0] != times[-1]


def _find_resolution_seconds(field: dict[int, Timestamp]) -> float:
    return min(timestamp.resolution for timestamp in field.values())


def _find(text: str) -> Iterator[tuple[str, Timestamp]]:
    """Yield each time in an event or a line, with the name of its field."""
    lines = text.splitlines()
    data = "\n".join(line[5:] for line in lines if line.startswith("data:")) or text
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        value = data
    yield from _find_in_value(value, "", _MAX_DEPTH)
    for line in lines:
        if line.startswith("id:"):
            yield from _find_in_value(line[3:].strip(), "id:", 0)


def _find_in_value(value: object, name: str, depth: int) -> Iterator[tuple[str, Timestamp]]:
    if isinstance(value, dict) and depth:
        for key, member in value.items():
            yield from _find_in_value(member, f"{name}.{key}", depth - 1)
    elif isinstance(value, str):
        if timestamp := _parse_iso_8601(value) or _parse_number(value):
            yield name, timestamp
    elif isinstance(value, int | float) and (timestamp := _parse_number(repr(value))):
        yield name, timestamp


def _parse_iso_8601(text: str) -> Timestamp | None:
    match = _ISO_8601.search(text)
    if not match:
        return None
    day, clock, fraction, zone = match.groups()
    offset = "+00:00" if zone in (None, "Z") else zone
    try:
        without_fraction = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=timezone.utc)
        shift = datetime.strptime(offset, "%z").utcoffset()
    except ValueError:  # for example the 30th of February
        return None
    seconds = without_fraction.timestamp() - (shift.total_seconds() if shift else 0)
    return Timestamp(seconds + float(f"0.{fraction or 0}"), 10.0 ** -len(fraction or ""))


def _parse_number(text: str) -> Timestamp | None:
    if not re.fullmatch(r"\d{10,19}(\.\d{1,9})?", text):
        return None
    for unit in _UNITS:
        seconds = float(text) / unit
        if _EPOCH_SECONDS[0] <= seconds <= _EPOCH_SECONDS[1]:
            decimals = len(text.partition(".")[2])
            return Timestamp(seconds, 10.0**-decimals / unit)
    return None
