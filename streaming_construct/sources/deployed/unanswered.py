"""Why AWS did not answer: what ends the run, and what only leaves one question open."""

from __future__ import annotations


class AwsRefusedError(Exception):
    """No question can be asked: credentials, Region or network; the message says what to do."""


class UnansweredError(Exception):
    """One question stays open: the message says why."""


class NotPermittedError(UnansweredError):
    """The credentials lack the permission for one question: `action`, as a policy names it."""

    def __init__(self, action: str) -> None:
        super().__init__(f"the permission {action} is missing")
        self.action = action


class NotFoundError(UnansweredError):
    """There is nothing of that name."""
