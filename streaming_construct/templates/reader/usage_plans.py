"""Usage plans and API keys of a stage.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-usageplan.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from streaming_construct.model.usage_plans import ApiKey, Quota, QuotaPeriod, UsagePlan
from streaming_construct.templates.reader.method_settings import (
    list_number_problems,
    read_throttle,
)
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import as_list, as_mapping, as_number, to_string
from streaming_construct.templates.stacks.origin import find_origin
from streaming_construct.templates.stacks.unresolved import Unresolved

_THROTTLE_KEYS: Final = ("RateLimit", "BurstLimit")
_PERIODS: Final = tuple(period.value for period in QuotaPeriod)


def read_usage_plans(resolver: Resolver, api_id: str, stage: str) -> tuple[UsagePlan, ...]:
    """Read the usage plans of a stage, each with its keys."""
    keys = _read_keys(resolver)
    members: dict[str, list[ApiKey]] = {}
    for _, resource in resolver.list_resources("AWS::ApiGateway::UsagePlanKey"):
        properties = resolver.properties(resource)
        if key := keys.get(str(properties.get("KeyId"))):
            members.setdefault(str(properties.get("UsagePlanId")), []).append(key)
    return tuple(_read_plans(resolver, api_id, stage, members))


def _read_plans(
    resolver: Resolver, api_id: str, stage: str, members: Mapping[str, list[ApiKey]]
) -> Iterator[UsagePlan]:
    for logical_id, resource in resolver.list_resources("AWS::ApiGateway::UsagePlan"):
        properties = resolver.properties(resource)
        plan = str(resolver.ref(logical_id))
        for use in map(as_mapping, as_list(properties.get("ApiStages"))):
            if (use.get("ApiId"), use.get("Stage")) == (api_id, stage):
                throttles = {
                    _read_route(str(path)): throttle
                    for path, declared in as_mapping(use.get("Throttle")).items()
                    if (throttle := read_throttle(as_mapping(declared), _THROTTLE_KEYS))
                }
                yield UsagePlan(
                    id=plan,
                    name=to_string(properties.get("UsagePlanName") or logical_id),
                    origin=find_origin(resolver.stack, logical_id),
                    api_keys=tuple(members.get(plan, ())),
                    throttle=read_throttle(as_mapping(properties.get("Throttle")), _THROTTLE_KEYS),
                    route_throttles=throttles,
                    quota=_read_quota(properties.get("Quota")),
                    unresolved={
                        name: "; ".join(reasons)
                        for name, declared in _list_limits(properties, use)
                        if (reasons := list(_list_unresolved_reasons(declared)))
                    },
                )


def _list_limits(
    properties: Mapping[str, Any], use: Mapping[str, Any]
) -> Iterator[tuple[str, object]]:
    """Yield the limits of a plan, then those of the routes of one of its stages."""
    for name in ("Throttle", "Quota"):
        yield name, properties.get(name)
    throttles = use.get("Throttle")
    if not isinstance(throttles, Mapping):
        yield "Throttle of routes", throttles
    for path, declared in as_mapping(throttles).items():
        yield f"Throttle of {_read_route(str(path))}", declared


def _read_keys(resolver: Resolver) -> dict[str, ApiKey]:
    keys: dict[str, ApiKey] = {}
    for logical_id, resource in resolver.list_resources("AWS::ApiGateway::ApiKey"):
        properties = resolver.properties(resource)
        name, value = properties.get("Name"), properties.get("Value")
        key = str(resolver.ref(logical_id))
        keys[key] = ApiKey(
            id=key,
            name=name if isinstance(name, str) else logical_id,
            origin=find_origin(resolver.stack, logical_id),
            value=value if isinstance(value, str) else None,
            is_enabled=properties.get("Enabled") in (True, "true"),
        )
    return keys


def _read_route(setting: str) -> str:
    """Normalize the key of a method's throttle: `/jobs/GET`, `//GET` for the root."""
    path, _, method = setting.rpartition("/")
    return f"{path or '/'} {method}"


def _read_quota(declared: object) -> Quota | None:
    properties: Mapping[str, Any] = as_mapping(declared)
    limit = as_number(properties.get("Limit"))
    period = properties.get("Period")
    if limit is None or period not in _PERIODS:
        return None
    return Quota(limit=int(limit), period=QuotaPeriod(period))


def _list_unresolved_reasons(declared: object) -> Iterator[str]:
    """Yield why parts of a throttle or a quota have no effect here."""
    yield from list_number_problems(declared, (*_THROTTLE_KEYS, "Limit"))
    period = as_mapping(declared).get("Period")
    if isinstance(period, Unresolved):
        yield f"Period: {period.reason}"
    elif period is not None and period not in _PERIODS:
        yield f"Period is {period!r}, not one of {', '.join(_PERIODS)}"
