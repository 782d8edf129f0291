"""API keys, and the throttle and quota of their usage plans.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from streaming_construct.local.gateway import gateway_responses
from streaming_construct.local.gateway.authorizers.quota import QuotaCounter
from streaming_construct.local.gateway.context import AuthorizerResult
from streaming_construct.local.gateway.gateway_responses import GatewayResponseError
from streaming_construct.local.gateway.limits.throttling import TokenBucket
from streaming_construct.local.gateway.request import GatewayRequest
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.usage_plans import ApiKey, ApiKeySource, Throttle, UsagePlan


class ApiKeys:
    """The API keys of a stage, each with the usage of its plan."""

    def __init__(self, api: ApiModel, clock: Callable[[], float] = time.monotonic) -> None:
        self._is_from_authorizer = api.api_key_source is ApiKeySource.AUTHORIZER
        self._usages = {
            value: KeyUsage(value, key, plan, clock)
            for value, (key, plan) in list_usage_plan_keys(api).items()
        }

    def find(self, request: GatewayRequest, authorizer_result: AuthorizerResult) -> KeyUsage:
        """Return the usage of the API key of a request.

        Raises:
            GatewayResponseError: The request has no API key of a usage plan.
        """
        if self._is_from_authorizer:
            source, value = "usageIdentifierKey", authorizer_result.usage_identifier_key
        else:
            source, value = "x-api-key", request.get_header("x-api-key")
        usage = self._usages.get(value or "")
        if usage is None:
            problem = "is no key of a usage plan of this stage" if value else "is missing"
            raise GatewayResponseError(gateway_responses.INVALID_API_KEY, f"{source} {problem}")
        return usage


def list_usage_plan_keys(api: ApiModel) -> Mapping[str, tuple[ApiKey, UsagePlan]]:
    """Return the enabled API keys of the usage plans of an API, by their values."""
    keys: dict[str, tuple[ApiKey, UsagePlan]] = {}
    for plan in api.usage_plans:
        for key in plan.api_keys:
            if key.is_enabled:
                keys.setdefault(create_placeholder_key_value(key), (key, plan))
    return keys


def get_api_key_value(api: ApiModel, name: str | None = None) -> str:
    """Return the value of a usage plan's API key by its name. Default: the first key.

    Raises:
        LookupError: No usage plan of the stage has such a key.
    """
    names = []
    for value, (key, _) in list_usage_plan_keys(api).items():
        if name in (None, key.name):
            return value
        names.append(key.name)
    raise LookupError(
        f"no usage plan of the stage has API key {name or '(any)'}."
        f" Its keys: {', '.join(names) or 'none'}."
    )


def create_placeholder_key_value(key: ApiKey) -> str:
    """Return the value of a key; if only a deployment gives it one, the same made-up value."""
    return key.value or hashlib.sha256(f"local key {key.id}".encode()).hexdigest()[:40]


class KeyUsage:
    """One API key with the rest of its throttle and quota."""

    def __init__(
        self, value: str, key: ApiKey, plan: UsagePlan, clock: Callable[[], float]
    ) -> None:
        self._identity = {"apiKey": value, "apiKeyId": key.id}
        self._plan = plan
        self._clock = clock
        self._quota = QuotaCounter(plan.quota) if plan.quota else None
        self._plan_bucket = self._create_bucket(plan.throttle)
        self._route_buckets = {
            route: self._create_bucket(throttle) for route, throttle in plan.route_throttles.items()
        }

    def identify(self, authorizer_result: AuthorizerResult) -> AuthorizerResult:
        """Return the result with the API key in its `identity`."""
        return replace(authorizer_result, identity={**authorizer_result.identity, **self._identity})

    def acquire(self, route: Route, method: str) -> None:
        """Count one request.

        Raises:
            GatewayResponseError: The throttle or the quota of the usage plan is exceeded.
        """
        names = (f"{route.path} {name}" for name in (method, route.method))
        route_bucket = next(
            (self._route_buckets[name] for name in names if name in self._route_buckets), None
        )
        buckets = [bucket for bucket in (route_bucket, self._plan_bucket) if bucket]
        if not all(bucket.try_acquire() for bucket in buckets):
            raise GatewayResponseError(
                gateway_responses.THROTTLED,
                f"the throttle of usage plan {self._plan.name} is exceeded",
            )
        if self._quota and not self._quota.try_acquire():
            raise GatewayResponseError(
                gateway_responses.QUOTA_EXCEEDED,
                f"the quota of usage plan {self._plan.name} is exceeded",
            )

    def _create_bucket(self, throttle: Throttle | None) -> TokenBucket | None:
        if throttle is None or throttle.rate is None:
            return None
        burst = max(1.0, throttle.rate) if throttle.burst is None else throttle.burst
        return TokenBucket(throttle.rate, burst, self._clock)
