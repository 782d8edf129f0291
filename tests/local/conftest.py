"""What the tests of the gateway share."""

from __future__ import annotations

import pytest
from hypothesis import settings

# How long one example may take says more of a busy machine than of the code.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio."""
    return "asyncio"
