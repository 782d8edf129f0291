"""Usage plans: the throttles and the quota of each API key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import jsii
from aws_cdk.aws_apigateway import (
    CfnUsagePlan,
    IApiKey,
    QuotaSettings,
    SpecRestApi,
    ThrottleSettings,
    UsagePlan,
    UsagePlanPerApiStage,
)
from constructs import Construct, IValidation

from streaming_construct.aws.rest_paths import ANY
from streaming_construct.constructs.access.throttle import (
    check_throttle_tokens,
    to_throttle_model,
)
from streaming_construct.constructs.cdk.default_child import get_default_child
from streaming_construct.constructs.cdk.validation import (
    check_argument_types,
    is_error_acknowledged,
    is_token,
)
from streaming_construct.model.api import Route
from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.model.usage_plans import ApiKey, Quota, QuotaPeriod, Throttle
from streaming_construct.model.usage_plans import UsagePlan as UsagePlanModel
from streaming_construct.rules.checks.access.usage_plans import (
    USAGE_PLAN_INVALID,
    create_usage_plan_missing_error,
)
from streaming_construct.rules.rule import Finding

_PLAN: Final = "AWS::ApiGateway::UsagePlan"


@dataclass(frozen=True, kw_only=True)
class UsagePlanOptions:
    """The arguments of `add_usage_plan`, which documents them."""

    plan_id: str
    name: str | None
    description: str | None
    throttle: ThrottleSettings | None
    quota: QuotaSettings | None
    route_throttles: Mapping[str, ThrottleSettings]
    api_keys: Sequence[IApiKey]

    @property
    def subject(self) -> Subject:
        """The plan, as findings name it."""
        return Subject("usage plan", str(self.plan_id))

    def check_types(self) -> Iterator[Finding]:
        """Yield a finding for each argument of a wrong type."""
        is_mapping = isinstance(self.route_throttles, Mapping)
        yield from check_argument_types(
            self.subject,
            throttle=(self.throttle, ThrottleSettings),
            quota=(self.quota, QuotaSettings),
            plan_id=(self.plan_id, str),
            name=(self.name, str),
            description=(self.description, str),
            route_throttles=(None if is_mapping else self.route_throttles, dict),
        )
        for route, throttle in self.route_throttles.items() if is_mapping else ():
            yield from check_argument_types(
                Subject("usage plan", f"{self.plan_id}, {route}"),
                throttle=(throttle, ThrottleSettings),
            )
        is_list = isinstance(self.api_keys, list | tuple)
        for key in self.api_keys if is_list else [self.api_keys]:
            if not hasattr(key, "key_id") or not is_list:
                yield USAGE_PLAN_INVALID.at(
                    self.subject,
                    f"{key!r} is not an API key",
                    fix=(
                        "Pass the result of add_api_key, an ApiKey, or ApiKey.from_api_key_id(...)."
                    ),
                )

    def read(self) -> UsagePlanModel:
        """Return the plan as plain data, without a quota that is unknown."""
        return UsagePlanModel(
            id=self.plan_id,
            name=self.plan_id,
            origin=SourceLocation(),
            api_keys=tuple(
                ApiKey(id=key.key_id, name=key.node.path, origin=SourceLocation())
                for key in self.api_keys
            ),
            throttle=to_throttle_model(self.throttle),
            route_throttles={
                route: limits
                for route, throttle in self.route_throttles.items()
                if (limits := to_throttle_model(throttle)) is not None
            },
            quota=_read_quota(self.quota),
        )

    def check(self, routes: Iterable[Route]) -> Iterator[Finding]:
        """Yield a finding for each token, and for each throttle of a route that does not exist."""
        yield from check_throttle_tokens(self.throttle, self.subject)
        names = {str(route) for route in routes}
        for route, throttle in self.route_throttles.items():
            yield from check_throttle_tokens(
                throttle, Subject("usage plan", f"{self.plan_id}, {route}")
            )
            _, _, path = route.partition(" ")
            if not {route, f"{ANY} {path}"} & names:
                yield USAGE_PLAN_INVALID.at(
                    self.subject,
                    f"route_throttles has {route!r}, but the API has no such route",
                    fix="Write 'METHOD /path' as it was added, and add the route before the plan.",
                )
        if self.quota is not None and _read_quota(self.quota) is None:
            yield USAGE_PLAN_INVALID.at(
                self.subject,
                "quota lacks a period, or a limit that is known at synthesis",
                fix="Write QuotaSettings(limit=1000, period=Period.DAY).",
            )


def _read_quota(quota: QuotaSettings | None) -> Quota | None:
    if quota is None or quota.limit is None or quota.period is None:
        return None
    limit = quota.limit
    if is_token(limit):
        return None
    # jsii does not convert numbers.
    period = QuotaPeriod(quota.period.value)
    return Quota(limit=limit, period=period)  # type: ignore[arg-type] # the rules check the limit


def create_usage_plan(
    api: Construct, rest_api: SpecRestApi, options: UsagePlanOptions, read: UsagePlanModel
) -> UsagePlan:
    """Create a plan for the stage.

    Throttles of single routes are set on the CloudFormation resource: CDK's argument takes
    `Method` objects, which an API with an OpenAPI body does not have.
    """
    plan = UsagePlan(
        api,
        options.plan_id,
        name=options.name,
        description=options.description,
        throttle=options.throttle,
        quota=options.quota,
        api_stages=[UsagePlanPerApiStage(api=rest_api, stage=rest_api.deployment_stage)],
    )
    if read.route_throttles:
        throttles = {
            _format_throttle_key(route): _create_throttle_properties(throttle)
            for route, throttle in read.route_throttles.items()
        }
        resource = get_default_child(plan, CfnUsagePlan)
        resource.add_property_override("ApiStages.0.Throttle", throttles)
    for key in options.api_keys:
        plan.add_api_key(key)
    return plan


@jsii.implements(IValidation)
class UsagePlanValidation:
    """A validation at synthesis: an API that requires API keys needs a usage plan."""

    def __init__(self, api: Construct) -> None:
        self._api = api

    def validate(self) -> list[str]:
        """Return the problem; nothing if the app has a usage plan."""
        constructs = self._api.node.root.node.find_all()
        if any(getattr(construct, "cfn_resource_type", None) == _PLAN for construct in constructs):
            return []
        finding = create_usage_plan_missing_error()
        return [] if is_error_acknowledged(finding.rule.id, self._api) else [str(finding)]


def _format_throttle_key(route: str) -> str:
    """Return the key of a route's throttle in a plan: `/jobs/GET`, `//GET` for the root."""
    method, _, path = route.partition(" ")
    return f"{path}/{method}"


def _create_throttle_properties(throttle: Throttle) -> dict[str, Any]:
    limits = {"RateLimit": throttle.rate, "BurstLimit": throttle.burst}
    return {name: limit for name, limit in limits.items() if limit is not None}
