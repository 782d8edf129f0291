"""Errors of a synthesis that who knows better acknowledges, as CDK has it for warnings."""

from __future__ import annotations

from typing import Final

from aws_cdk import Validations
from constructs import IConstruct

_PREFIX: Final = "Annotation::streaming-construct:"


def is_acknowledged(rule: str, construct: IConstruct) -> bool:
    """Tell whether a rule is acknowledged by `Validations` for a construct, or around it."""
    entries = (entry for scope in construct.node.scopes for entry in scope.node.metadata)
    return any(
        entry.type == Validations.ACKNOWLEDGED_RULES_METADATA_KEY
        and f"{_PREFIX}{rule}" in entry.data
        for entry in entries
    )
