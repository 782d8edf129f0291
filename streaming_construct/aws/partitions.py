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
}


def partition_of(region: str) -> str:
    """Return the partition of a Region; `aws` for one that is not known."""
    for prefix, partition in _BY_REGION_PREFIX.items():
        if region.startswith(prefix):
            return partition
    return "aws"
