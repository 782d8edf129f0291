"""Convert sampling rules of X-Ray."""

from __future__ import annotations

from typing import Any

from streaming_construct.templates.stacks.terraform.cloudformation_values import (
    create_cloudformation_resource,
)
from streaming_construct.templates.stacks.terraform.plan import (
    PlanReader,
    PlanResource,
)


def to_sampling_rule(_: PlanReader, resource: PlanResource) -> dict[str, Any]:
    """Return a sampling rule."""
    names = {
        "RuleName": "rule_name",
        "FixedRate": "fixed_rate",
        "ReservoirSize": "reservoir_size",
        "Priority": "priority",
    }
    return create_cloudformation_resource(
        "AWS::XRay::SamplingRule",
        SamplingRule={name: resource.values.get(argument) for name, argument in names.items()},
    )
