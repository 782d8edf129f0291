"""Errors of calls to AWS: those that end the run, and those that skip one check."""

from __future__ import annotations


class AwsAccessError(Exception):
    """No question can be asked: credentials, Region or network; the message says what to do."""


class AwsCallError(Exception):
    """One question stays open: the message says why."""


class AccessDeniedError(AwsCallError):
    """The credentials lack the permission for one call: `action`, as a policy names it.

    `by_resource` is True if the policy of the resource denies the call, not a policy of the caller.
    """

    def __init__(self, action: str, *, by_resource: bool = False) -> None:
        super().__init__(f"the permission {action} is missing")
        self.action = action
        self.by_resource = by_resource


class NotFoundError(AwsCallError):
    """There is nothing of that name."""
