"""Reads the sampling rules of X-Ray in a template."""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.model.sampling_rule import SamplingRule
from streaming_construct.templates.resolver.resolver import Resolver
from streaming_construct.templates.stacks.coercion import as_mapping, as_number
from streaming_construct.templates.stacks.origin import find_origin


def read_sampling_rules(resolver: Resolver) -> Iterator[SamplingRule]:
    """Yield the rules of `AWS::XRay::SamplingRule`.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-xray-samplingrule-samplingrule.html
    """
    for logical_id, resource in resolver.list_resources("AWS::XRay::SamplingRule"):
        properties = as_mapping(resolver.properties(resource).get("SamplingRule"))
        name = properties.get("RuleName")
        yield SamplingRule(
            origin=find_origin(resolver.stack, logical_id),
            name=name if isinstance(name, str) else None,
            fixed_rate=as_number(properties.get("FixedRate")),
            reservoir_size=as_number(properties.get("ReservoirSize")),
            priority=as_number(properties.get("Priority")),
        )
