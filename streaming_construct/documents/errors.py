"""`SourceError`: what was given cannot be read."""

from __future__ import annotations


class SourceError(ValueError):
    """What was given cannot be read as an API; the message says what to do."""
