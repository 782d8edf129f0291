"""Remembering, from one construct to the other, whether a function was made to stream.

A function's environment and layers cannot be read back from CDK, so that whoever makes a function
stream says so here.
"""

from __future__ import annotations

from typing import Final

_MARK: Final = "_streaming_construct_streams"


def mark(function: object, *, streams: bool) -> None:
    """Remember that `function` streams, or that it answers as a whole."""
    setattr(function, _MARK, streams)


def streams(function: object) -> bool | None:
    """Return what was remembered of `function`; None if nothing was."""
    told: bool | None = getattr(function, _MARK, None)
    return told
