"""Templates that the tests of access share."""

from __future__ import annotations

import pytest

from tests.constructs.access.authorized_api import synthesize_several
from tests.support.synthesis import Template


@pytest.fixture(scope="session")
def several() -> Template:
    """The template of an API with a route for each kind of authorization."""
    return synthesize_several()
