"""Usage plans, their API keys, throttles and quotas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from streaming_construct.model.source_location import SourceLocation


@dataclass(frozen=True, kw_only=True)
class Throttle:
    """A token bucket: `rate` requests a second on average, `burst` requests at once."""

    rate: float | None = None
    burst: int | None = None


class QuotaPeriod(str, Enum):
    """How long a quota lasts; days begin at midnight UTC, weeks on Sunday."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


@dataclass(frozen=True, kw_only=True)
class Quota:
    """How many requests a key may make in a period."""

    limit: int
    period: QuotaPeriod


class ApiKeySource(Enum):
    """Where API Gateway reads the API key of a request.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-key-source.html
    """

    HEADER = "HEADER"
    AUTHORIZER = "AUTHORIZER"


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """An API key; `value` is None where only a deployment gives it one."""

    id: str
    name: str
    origin: SourceLocation
    value: str | None = None
    is_enabled: bool = True


@dataclass(frozen=True, kw_only=True)
class UsagePlan:
    """A usage plan: the throttles and the quota of each of its API keys on the stage.

    `route_throttles` apply in addition to `throttle`, by route (`/jobs GET`). `unresolved` maps
    each CloudFormation property whose value is unknown (`Quota`) to the reason.
    """

    id: str
    name: str
    origin: SourceLocation
    api_keys: tuple[ApiKey, ...] = ()
    throttle: Throttle | None = None
    route_throttles: Mapping[str, Throttle] = field(default_factory=dict)
    quota: Quota | None = None
    unresolved: Mapping[str, str] = field(default_factory=dict)
