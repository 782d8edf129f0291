"""Fixtures of other folders that tests of pages use."""

from tests.runtime.conftest import function, server

__all__ = ["function", "server"]
