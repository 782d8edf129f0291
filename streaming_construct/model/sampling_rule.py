"""`SamplingRule`: a sampling rule of X-Ray in a template."""

from __future__ import annotations

from dataclasses import dataclass

from streaming_construct.model.source_location import SourceLocation


@dataclass(frozen=True, kw_only=True)
class SamplingRule:
    """The numbers and the name of a sampling rule. A value is None if it is missing or not known.

    Attributes:
        origin: The resource.
        name: The name of the rule.
        fixed_rate: The share of requests beyond the reservoir, from 0 to 1.
        reservoir_size: The requests to sample each second before the fixed rate applies.
        priority: The lowest number applies first.
    """

    origin: SourceLocation
    name: str | None = None
    fixed_rate: float | None = None
    reservoir_size: float | None = None
    priority: float | None = None
