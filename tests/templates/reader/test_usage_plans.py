"""Usage plans and API keys of a stage."""

from __future__ import annotations

from typing import Any

from streaming_construct.model.usage_plans import Quota, QuotaPeriod, Throttle, UsagePlan
from tests.templates.reader.test_api_reader import get_att, operation, read, resources

ROUTE_THROTTLES = {
    "/jobs/{id}/GET": {"RateLimit": 1, "BurstLimit": 2},
    "//GET": {"RateLimit": 3},
}


def plans(
    stage: Any = None, route_throttles: Any = ROUTE_THROTTLES, **other_resources: Any
) -> tuple[UsagePlan, ...]:
    """Read the plans of an API with two keys, one of them in a plan."""
    use = {
        "ApiId": {"Ref": "Api"},
        "Stage": {"Ref": "Stage"} if stage is None else stage,
        "Throttle": route_throttles,
    }
    template = resources(
        {"/": {"get": operation(get_att())}},
        Key={
            "Type": "AWS::ApiGateway::ApiKey",
            "Properties": {"Enabled": True, "Name": "Partner", "Value": "a-value-of-20-characters"},
        },
        Other={"Type": "AWS::ApiGateway::ApiKey", "Properties": {}},
        Plan={
            "Type": "AWS::ApiGateway::UsagePlan",
            "Properties": {
                "UsagePlanName": "Basic",
                "ApiStages": [use],
                "Throttle": {"RateLimit": 5, "BurstLimit": 10},
                "Quota": {"Limit": 100, "Period": "DAY"},
                **other_resources,
            },
        },
        Member={
            "Type": "AWS::ApiGateway::UsagePlanKey",
            "Properties": {
                "KeyId": {"Ref": "Key"},
                "KeyType": "API_KEY",
                "UsagePlanId": {"Ref": "Plan"},
            },
        },
    )
    return read(template).usage_plans


def test_a_usage_plan_is_read_with_its_keys_throttles_and_quota() -> None:
    """Its keys are the members of the plan."""
    (plan,) = plans()
    (key,) = plan.api_keys

    assert plan.name == "Basic"
    assert (key.name, key.value, key.is_enabled) == ("Partner", "a-value-of-20-characters", True)
    assert plan.throttle == Throttle(rate=5, burst=10)
    assert plan.route_throttles == {
        "/jobs/{id} GET": Throttle(rate=1, burst=2),
        "/ GET": Throttle(rate=3),
    }
    assert plan.quota == Quota(limit=100, period=QuotaPeriod.DAY)


def test_usage_plans_of_other_stages_are_ignored() -> None:
    """A plan names its stages."""
    assert plans(stage="beta") == ()


def test_an_unresolved_part_of_a_usage_plan_is_named() -> None:
    """An unresolved quota is left out."""
    (plan,) = plans(Quota={"Limit": {"Ref": "Nowhere"}, "Period": "DAY"})

    assert plan.quota is None
    assert "Nowhere" in plan.unresolved["Quota"]


def test_an_invalid_part_of_a_usage_plan_is_named() -> None:
    """The plan has the parts that are valid."""
    (plan,) = plans(
        Throttle={"RateLimit": "many", "BurstLimit": "10"}, Quota={"Limit": 100, "Period": "YEAR"}
    )

    assert plan.throttle == Throttle(burst=10)
    assert plan.quota is None
    assert plan.unresolved == {
        "Throttle": "RateLimit is 'many', not a number",
        "Quota": "Period is 'YEAR', not one of DAY, WEEK, MONTH",
    }


def test_limits_of_routes_without_numbers_are_named() -> None:
    """A text, a list in place of an object, and an unknown value are reported."""
    throttle = {
        "//GET": {"RateLimit": "fast"},
        "/jobs/GET": [1],
        "/a/GET": {"BurstLimit": {"Ref": "B"}},
    }
    (plan,) = plans(route_throttles=throttle)
    (other,) = plans(route_throttles="fast")

    assert plan.route_throttles == {}
    assert plan.unresolved["Throttle of / GET"] == "RateLimit is 'fast', not a number"
    assert plan.unresolved["Throttle of /jobs GET"] == "[1] is not an object"
    assert "B" in plan.unresolved["Throttle of /a GET"]
    assert other.unresolved == {"Throttle of routes": "'fast' is not an object"}
