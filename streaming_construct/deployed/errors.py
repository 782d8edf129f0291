"""Errors of calls to AWS: those that end the run, and those that skip one check."""

from __future__ import annotations


class AwsAccessError(Exception):
    """No question can be asked: credentials, Region or network; the message says what to do."""


class AwsCallError(Exception):
    """One question stays open: the message says why."""


class AccessDeniedError(AwsCallError):
    """The permission for one question is missing: `action`, as a policy names it.

    `by_resource` says that what was asked about does not admit the caller, whose own policies may.
    """

    def __init__(self, action: str, *, by_resource: bool = False) -> None:
        super().__init__(f"the permission {action} is missing")
        self.action = action
        self.by_resource = by_resource


class NotFoundError(AwsCallError):
    """There is nothing of that name."""
