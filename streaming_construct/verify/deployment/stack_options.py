"""`StackOptions`: the stack of a run, its account and its Region."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass

from streaming_construct.verify.stack_outputs import APP_MODULE


@dataclass(frozen=True, kw_only=True)
class StackOptions:
    """The stack of a run.

    Args:
        name_prefix: The name of the stack and of its API.
        account: The number of the account.
        region: The Region.
        profile: The profile of `~/.aws/config`. Default: as boto3 and the CDK CLI find credentials.
        permissions_boundary: The ARN of the policy that limits the roles. Default: none.
        cloud_watch_role: Whether the stack creates API Gateway's role for logs. Default: False.
        jwt_authorizers: Whether the stack has routes with JWT authorizers. Default: True.
    """

    name_prefix: str
    account: str
    region: str
    profile: str | None = None
    permissions_boundary: str | None = None
    cloud_watch_role: bool = False
    jwt_authorizers: bool = True

    @property
    def app(self) -> str:
        """The command of the CDK app, for `cdk --app`."""
        words = [sys.executable, "-m", APP_MODULE, "--name-prefix", self.name_prefix]
        if self.permissions_boundary is not None:
            words += ["--permissions-boundary", self.permissions_boundary]
        if self.cloud_watch_role:
            words.append("--cloud-watch-role")
        if not self.jwt_authorizers:
            words.append("--without-jwt")
        return shlex.join(words)

    @property
    def masked_account(self) -> str:
        """The account with all but its last four digits hidden."""
        return "*" * (len(self.account) - 4) + self.account[-4:]

    @property
    def destroy_command(self) -> str:
        """The command that deletes the stack after this process has ended."""
        words = ["streaming-construct", "verify", "--destroy", "--prefix", self.name_prefix]
        words += ["--region", self.region]
        if self.profile is not None:
            words += ["--profile", self.profile]
        return shlex.join(words)
