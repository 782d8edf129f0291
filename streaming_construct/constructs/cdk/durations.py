"""Reading CDK durations as numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator

from aws_cdk import Duration

from streaming_construct.model.subject import Subject
from streaming_construct.rules.rule import Finding
from streaming_construct.rules.synth.arguments import UNRESOLVED_TOKEN


def convert_to_milliseconds(duration: Duration | None) -> int | None:
    """Return `duration` in milliseconds, or None where there is none or a token hides it."""
    if duration is None:
        return None
    try:
        value = duration.to_milliseconds(integral=False)
    except RuntimeError:
        # A token of another unit, which cannot be converted. Asking `is_unresolved` first would
        # cost every duration a second round trip to Node.js.
        return None
    # A token of milliseconds is a number far below zero, which no duration is.
    return None if value < 0 else math.ceil(value)


def check_duration_token(
    duration: Duration | None, value: int | None, name: str, subject: Subject
) -> Iterator[Finding]:
    """Yield a finding where there is a `duration`, but no `known` number of milliseconds."""
    if duration is not None and value is None:
        yield UNRESOLVED_TOKEN.at(
            subject, f"{name} is a token", fix="Give a duration that is known at synth."
        )


class Durations:
    """Reads durations, each of them once however many routes share it."""

    def __init__(self) -> None:
        self._read: dict[Duration, int | None] = {}

    def convert_to_milliseconds(self, duration: Duration | None) -> int | None:
        """Return `duration` in milliseconds, as the function of that name does."""
        if duration is None:
            return None
        if duration not in self._read:
            self._read[duration] = convert_to_milliseconds(duration)
        return self._read[duration]
