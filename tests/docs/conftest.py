"""Fixtures of other folders, for tests of pages."""

from tests.runtime.conftest import function, server

__all__ = ["function", "server"]
