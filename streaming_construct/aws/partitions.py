"""Partitions: the groups of Regions that the second part of an ARN names.

Source: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_BY_REGION_PREFIX: Final[Mapping[str, str]] = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "eusc-": "aws-eusc",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    **dict.fromkeys(("af-", "ap-", "ca-", "eu-", "il-", "me-", "mx-", "sa-", "us-"), "aws"),
}
"""The partition by the beginning of a Region. The first that matches is the partition."""


def find_partition(region: str) -> str | None:
    """Return the partition of a Region; None if the beginning of its name is not known."""
    partitions = (name for prefix, name in _BY_REGION_PREFIX.items() if region.startswith(prefix))
    return next(partitions, None)
