"""What tests of constructs share."""

import pytest
from aws_cdk import Stack

from tests.support.synthesis import new_stack


@pytest.fixture
def stack() -> Stack:
    """An empty stack in an app of its own."""
    return new_stack()
