"""Usage plans and API keys: what the holders of keys may do, each for himself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import jsii
from aws_cdk import SecretValue, Token
from aws_cdk.aws_apigateway import (
    ApiKey,
    CfnUsagePlan,
    IApiKey,
    QuotaSettings,
    SpecRestApi,
    ThrottleSettings,
    UsagePlan,
    UsagePlanPerApiStage,
)
from constructs import Construct, IValidation

from streaming_construct.constructs.argument_types import type_findings
from streaming_construct.constructs.throttle import read_throttle, throttle_token_findings
from streaming_construct.knowledge import model
from streaming_construct.knowledge.finding import Finding, error
from streaming_construct.knowledge.http_methods import ANY
from streaming_construct.knowledge.model import Origin, Quota, QuotaPeriod, Route

_PLAN: Final = "AWS::ApiGateway::UsagePlan"


def plan_findings(
    name: str,
    throttle: object,
    quota: object,
    route_throttles: Mapping[str, object],
    api_keys: Sequence[object],
) -> Iterator[Finding]:
    """Yield what of a plan's arguments is not what it should be."""
    where = f"usage plan {name}"
    yield from type_findings(
        where, throttle=(throttle, ThrottleSettings), quota=(quota, QuotaSettings)
    )
    for route, settings in route_throttles.items():
        yield from type_findings(f"{where}, {route}", throttle=(settings, ThrottleSettings))
    for key in api_keys:
        if not hasattr(key, "key_id"):
            yield error(
                "usage-plan-invalid",
                where,
                f"{key!r} is no API key",
                "give what add_api_key returned, an ApiKey, or ApiKey.from_api_key_id(...)",
            )


def read_plan(
    name: str,
    throttle: ThrottleSettings | None,
    route_throttles: Mapping[str, ThrottleSettings],
    api_keys: Sequence[IApiKey],
) -> tuple[model.UsagePlan, list[Finding]]:
    """Return a plan as plain data, and what of it cannot be known."""
    where = f"usage plan {name}"
    found = [*throttle_token_findings(throttle, where)]
    for route, settings in route_throttles.items():
        found += throttle_token_findings(settings, f"{where}, {route}")
    keys = tuple(
        model.ApiKey(id=key.key_id, name=key.node.path, origin=Origin()) for key in api_keys
    )
    read = model.UsagePlan(
        id=name,
        name=name,
        origin=Origin(),
        keys=keys,
        throttle=read_throttle(throttle),
        route_throttles={
            route: each
            for route, settings in route_throttles.items()
            if (each := read_throttle(settings)) is not None
        },
    )
    return read, found


def read_quota(quota: QuotaSettings | None, where: str) -> tuple[Quota | None, list[Finding]]:
    """Return a quota as plain data, or say what is missing of it."""
    if quota is None:
        return None, []
    limit, period = quota.limit, quota.period
    if limit is None or period is None:
        return None, [
            error(
                "usage-plan-invalid",
                where,
                "its quota lacks a limit or a period",
                "write QuotaSettings(limit=1000, period=Period.DAY)",
            )
        ]
    if limit < 0 and Token.is_unresolved(limit):
        return None, [
            error("unknown-number", where, "limit is a token", "give a number known at synth")
        ]
    # jsii hands every number over as it was given; the rules see to it that it is whole.
    return Quota(limit=limit, period=QuotaPeriod(period.value)), []  # type: ignore[arg-type]


def unknown_route_findings(
    named: Iterable[str], routes: Iterable[Route], where: str
) -> Iterator[Finding]:
    """Yield a finding for each route that a plan throttles and the API does not have."""
    known = {str(route) for route in routes}
    for route in named:
        _, _, path = route.partition(" ")
        if not {route, f"{ANY} {path}"} & known:
            yield error(
                "usage-plan-invalid",
                where,
                f"it throttles {route!r}, and the API has no such route",
                "write 'METHOD /path' as it was added, and add the route before the plan",
            )


def new_usage_plan(
    api: Construct,
    plan_id: str,
    *,
    name: str | None,
    description: str | None,
    rest_api: SpecRestApi,
    throttle: ThrottleSettings | None,
    quota: QuotaSettings | None,
    route_throttles: Mapping[str, model.Throttle],
    api_keys: Sequence[IApiKey],
) -> UsagePlan:
    """Make a plan that holds on the stage.

    What it says of single routes is written in the CloudFormation resource: CDK's own takes
    `Method`s, which an API made of a body does not have.
    """
    plan = UsagePlan(
        api,
        plan_id,
        name=name,
        description=description,
        throttle=throttle,
        quota=quota,
        api_stages=[UsagePlanPerApiStage(api=rest_api, stage=rest_api.deployment_stage)],
    )
    if route_throttles:
        resource = plan.node.default_child
        assert isinstance(resource, CfnUsagePlan)  # noqa: S101 - a new UsagePlan always has one
        throttles = {_setting(route): _limits(each) for route, each in route_throttles.items()}
        resource.add_property_override("ApiStages.0.Throttle", throttles)
    for key in api_keys:
        plan.add_api_key(key)
    return plan


def new_api_key(
    api: Construct,
    key_id: str,
    *,
    value: SecretValue | None,
    name: str | None,
    description: str | None,
) -> ApiKey:
    """Make a key; in the template a value of a secret's is a reference to it."""
    return ApiKey(
        api,
        key_id,
        api_key_name=name,
        description=description,
        value=None if value is None else value.unsafe_unwrap(),
    )


@jsii.implements(IValidation)
class HasUsagePlan:
    """Fails the synthesis of an API whose keys nobody can have: plans may be added until then."""

    def __init__(self, api: Construct) -> None:
        self._api = api

    def validate(self) -> list[str]:
        """Return what is wrong: nothing, where any plan is in the app."""
        every = self._api.node.root.node.find_all()
        if any(getattr(each, "cfn_resource_type", None) == _PLAN for each in every):
            return []
        problem = "routes need an API key, and there is no usage plan that could have one"
        return [f"{problem}: call add_usage_plan, or leave api_key_required out"]


def _setting(route: str) -> str:
    """Return the key of a route's throttle in a plan: `/jobs/GET`, `//GET` for the root."""
    method, _, path = route.partition(" ")
    return f"{path}/{method}"


def _limits(throttle: model.Throttle) -> dict[str, Any]:
    limits = {"RateLimit": throttle.rate, "BurstLimit": throttle.burst}
    return {name: limit for name, limit in limits.items() if limit is not None}
