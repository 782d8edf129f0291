"""`SourceError`: a source cannot be read."""

from __future__ import annotations


class SourceError(ValueError):
    """The source cannot be read as an API; the message states the fix."""
