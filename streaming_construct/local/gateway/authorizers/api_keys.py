"""API keys and what their usage plans allow.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from streaming_construct.local.gateway import gateway_responses
from streaming_construct.local.gateway.authorizers.quota import QuotaCounter
from streaming_construct.local.gateway.context import GatewayResponseError, RequestContext
from streaming_construct.local.gateway.throttling import TokenBucket
from streaming_construct.model.api import ApiModel, Route
from streaming_construct.model.usage_plans import ApiKey, Throttle, UsagePlan


class ApiKeys:
    """The keys that open the routes of a stage, each with the buckets and quota of its plan."""

    def __init__(self, api: ApiModel, clock: Callable[[], float] = time.monotonic) -> None:
        self._from_authorizer = api.api_key_source
        self._clock = clock
        self._holders: dict[str, KeyUsage] = {}
        for plan in api.usage_plans:
            for key in plan.api_keys:
                if key.enabled:
                    self._holders.setdefault(placeholder_key_value(key), KeyUsage(key, plan, clock))

    def admit(self, call: RequestContext, route: Route) -> None:
        """Let a call pass that shows a key with something left, and note whose it is.

        Raises:
            Refused: The key is missing or unknown, or has nothing left.
        """
        where = "the authorizer's usageIdentifierKey" if self._from_authorizer else "x-api-key"
        value = (
            call.authorizer_result.usage_identifier_key
            if self._from_authorizer
            else call.request.header("x-api-key")
        )
        holder = self._holders.get(value or "")
        if holder is None:
            why = f"{where} is {'no key of a usage plan of this stage' if value else 'missing'}"
            raise GatewayResponseError(gateway_responses.INVALID_API_KEY, why)
        identity = {**call.authorizer_result.identity, "apiKey": value, "apiKeyId": holder.key.id}
        call.authorizer_result = replace(call.authorizer_result, identity=identity)
        holder.take(route, call.request.method)

    def values(self) -> Iterator[tuple[str, UsagePlan, str]]:
        """Yield the name, the plan and the value of every key that is good."""
        for value, holder in self._holders.items():
            yield holder.key.name, holder.plan, value


def placeholder_key_value(key: ApiKey) -> str:
    """Return the value of a key; where only a deployment gives one, made up and always the same."""
    return key.value or hashlib.sha256(f"local key {key.id}".encode()).hexdigest()[:40]


class KeyUsage:
    """What the holder of one key has left."""

    def __init__(self, key: ApiKey, plan: UsagePlan, clock: Callable[[], float]) -> None:
        self.key = key
        self.plan = plan
        self._clock = clock
        self._quota = QuotaCounter(plan.quota) if plan.quota else None
        self._all = self._bucket(plan.throttle)
        self._routes = {
            route: self._bucket(throttle) for route, throttle in plan.route_throttles.items()
        }

    def take(self, route: Route, method: str) -> None:
        """Use up one request.

        Raises:
            Refused: There is none left.
        """
        names = (f"{route.path} {each}" for each in (method, route.method))
        own_bucket = next((self._routes[name] for name in names if name in self._routes), None)
        buckets = [bucket for bucket in (own_bucket, self._all) if bucket]
        if not all(bucket.try_acquire() for bucket in buckets):
            raise GatewayResponseError(
                gateway_responses.THROTTLED, f"more than usage plan {self.plan.name} allows"
            )
        if self._quota and not self._quota.try_acquire():
            raise GatewayResponseError(
                gateway_responses.QUOTA_EXCEEDED,
                f"the quota of usage plan {self.plan.name} is used",
            )

    def _bucket(self, throttle: Throttle | None) -> TokenBucket | None:
        if throttle is None or throttle.rate is None:
            return None
        burst = max(1.0, throttle.rate) if throttle.burst is None else throttle.burst
        return TokenBucket(throttle.rate, burst, self._clock)
