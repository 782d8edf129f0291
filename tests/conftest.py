"""What all tests share."""

from __future__ import annotations

import pytest
from aws_cdk import Stack

from tests.synthesis import new_stack


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make snapshot` rewrite the golden template."""
    parser.addoption(
        "--snapshot-update", action="store_true", help="rewrite tests/snapshots from the sample"
    )


@pytest.fixture
def stack() -> Stack:
    """An empty stack in an app of its own."""
    return new_stack()
