"""Fixtures for the tests of constructs."""

import pytest
from aws_cdk import Stack

from tests.support.synthesis import new_stack


@pytest.fixture
def stack() -> Stack:
    """An empty stack in a new app."""
    return new_stack()
