"""The quotas and settings of an account and its Region; None is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class CloudWatchRoleStatus:
    """The role by which API Gateway writes to CloudWatch Logs; there is one for all APIs.

    `exists` is true if IAM has it, and `is_assumable` if API Gateway may assume it.
    """

    arn: str | None = None
    exists: bool | None = None
    is_assumable: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Concurrency:
    """How many environments may run at once: of all functions, and of those without a reserve."""

    limit: int
    unreserved: int


@dataclass(frozen=True, kw_only=True)
class FunctionConcurrency:
    """A function's reserved concurrency, and how often Lambda throttled it recently."""

    name: str
    reserved: int | None = None
    throttles: int | None = None


@dataclass(frozen=True, kw_only=True)
class WebAcl:
    """The web ACL of a stage: its default action, and how many requests it recently blocked."""

    name: str
    is_blocking_by_default: bool = False
    blocked: int | None = None


@dataclass(frozen=True, kw_only=True)
class IntegrationRole:
    """The role by which API Gateway invokes a function, and whether its policies allow it."""

    role: str
    function: str
    is_allowed: bool


@dataclass(frozen=True, kw_only=True)
class AccountReadiness:
    """An account and a Region before the first deploy.

    `sdk_supports_streaming` is true if the installed boto3 knows response streaming.
    `adapter_layers` maps the ARN of each layer of the adapter, or the Region without one, to the
    reason why the layer cannot be used. The reason is None if it can be used. `bootstrap_version`
    is of the CDK's resources, 0 where there are none.
    """

    region: str
    is_region_known: bool | None = None
    sdk_supports_streaming: bool | None = None
    adapter_layers: Mapping[str, str | None] | None = None
    concurrency: Concurrency | None = None
    log_role: CloudWatchRoleStatus | None = None
    bootstrap_version: int | None = None
