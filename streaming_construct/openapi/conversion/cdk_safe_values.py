"""Plain data that CDK and CloudFormation would change on its way to API Gateway.

CDK drops nulls, and jsii converts every number to a double. CDK reads `${Token[` in a text as a
token. CloudFormation reads a map whose only key is `Ref` or `Fn::...` as an intrinsic function
(https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, TypeGuard

from streaming_construct.aws.limits import EXACT_INTEGER_MAX

_TOKENS = ("${Token[", "#{Token[")
_SURROGATE = re.compile("[\ud800-\udfff]")


def is_exact_in_javascript(value: object) -> TypeGuard[int | float]:
    """Whether a value is a number that JavaScript has exactly."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and abs(value) <= EXACT_INTEGER_MAX


def is_safe_text(text: str) -> bool:
    """Whether CDK leaves a text alone and it can be written as UTF-8."""
    return not any(token in text for token in _TOKENS) and _SURROGATE.search(text) is None


def cloudformation_function_key(mapping: Mapping[str, object]) -> str | None:
    """The only key of a map when CloudFormation would take it for a function call."""
    key = next(iter(mapping)) if len(mapping) == 1 else ""
    return key if key == "Ref" or key.startswith("Fn::") else None


def without_nulls(value: Any, pointer: str, removed: list[str]) -> Any:
    """A copy without null members and elements; the place of each is added to `lost`."""
    if isinstance(value, Mapping):
        removed.extend(f"{pointer}/{key}" for key, member in value.items() if member is None)
        return {
            str(key): without_nulls(member, f"{pointer}/{key}", removed)
            for key, member in value.items()
            if member is not None
        }
    if isinstance(value, list | tuple):
        removed.extend(f"{pointer}/{at}" for at, member in enumerate(value) if member is None)
        return [
            without_nulls(member, f"{pointer}/{at}", removed)
            for at, member in enumerate(value)
            if member is not None
        ]
    return value
