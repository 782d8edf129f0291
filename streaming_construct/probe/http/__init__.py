"""Sends one request and records arrival times. May import: nothing of this package."""
