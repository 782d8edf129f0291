"""Find plain data that CDK or CloudFormation would change.

CDK drops nulls, and jsii converts every number to a double. CDK reads `${Token[` in a string as a
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
    """Return whether a value is a number that JavaScript represents exactly."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and abs(value) <= EXACT_INTEGER_MAX


def is_safe_text(text: str) -> bool:
    """Return whether CDK does not change a string and UTF-8 can encode it."""
    return not any(token in text for token in _TOKENS) and _SURROGATE.search(text) is None


def find_intrinsic_function_key(mapping: Mapping[str, object]) -> str | None:
    """Return the key of a map that CloudFormation would read as an intrinsic function, or None."""
    key = next(iter(mapping)) if len(mapping) == 1 else ""
    return key if key == "Ref" or key.startswith("Fn::") else None


def remove_nulls(value: Any, pointer: str, removed: list[str]) -> Any:
    """Return a copy without null members and elements. Add the pointer of each to `removed`."""
    if isinstance(value, Mapping):
        removed.extend(f"{pointer}/{key}" for key, member in value.items() if member is None)
        return {
            str(key): remove_nulls(member, f"{pointer}/{key}", removed)
            for key, member in value.items()
            if member is not None
        }
    if isinstance(value, list | tuple):
        removed.extend(f"{pointer}/{index}" for index, item in enumerate(value) if item is None)
        return [
            remove_nulls(item, f"{pointer}/{index}", removed)
            for index, item in enumerate(value)
            if item is not None
        ]
    return value
