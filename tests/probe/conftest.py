"""Settings of the tests of the probe."""

from __future__ import annotations

from hypothesis import settings

# A busy machine runs an example slowly.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")
