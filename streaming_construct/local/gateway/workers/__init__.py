"""Processes for work that a request can make slow. May import: nothing of this package."""
