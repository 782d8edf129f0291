"""Errors of calls to AWS: those that end the run, and those that skip one check."""

from __future__ import annotations


class AwsAccessError(Exception):
    """AWS cannot be called, due to credentials, Region or network. The message has the fix."""


class AwsCallError(Exception):
    """One call failed. The message has the reason."""


class AccessDeniedError(AwsCallError):
    """The credentials lack the permission for one call: `action`, as a policy names it.

    `by_resource` is True if the policy of the resource denies the call, not a policy of the caller.
    """

    def __init__(self, action: str, *, by_resource: bool = False) -> None:
        super().__init__(f"the permission {action} is missing")
        self.action = action
        self.by_resource = by_resource


class NotFoundError(AwsCallError):
    """A resource with this name does not exist."""
