"""What all tests share."""

from __future__ import annotations

import pytest
from aws_cdk import Stack

from tests.synthesis import new_stack


@pytest.fixture
def stack() -> Stack:
    """An empty stack in an app of its own."""
    return new_stack()
