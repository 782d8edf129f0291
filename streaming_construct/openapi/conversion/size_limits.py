"""Measure a document, and compare its size with the limits of the import and of a template."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from streaming_construct.aws.limits import BODY_MAX_BYTES, TEMPLATE_MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

INDENTED_TEMPLATE = "a template that is written with indentation"
# The bytes of an operation's streaming integration in a template: the ARN of the function, the
# role, the timeout and the transfer mode.
INTEGRATION_BYTES = 450
# The bytes of the indentation of one integration: about 30 lines, ten levels deep.
INTEGRATION_INDENTATION_BYTES = 400
# The depth of the document in a template: `Resources`, the API, `Properties`, `Body`.
INDENTED_LEVELS = 4
# An upper estimate of the bytes of other resources in a stack with one API and function.
OTHER_RESOURCES_BYTES = 30_000


@dataclass(frozen=True)
class SizeExcess:
    """A document that exceeds a size limit.

    Attributes:
        size_bytes: The size with the integrations and the rest of the stack, in bytes.
        limit_bytes: The limit, in bytes.
        container: The name of the limited artifact, such as `a template`.
    """

    size_bytes: int
    limit_bytes: int
    container: str

    def __str__(self) -> str:
        return f"{self.size_bytes:,} bytes, and {self.container} takes {self.limit_bytes:,}"


def find_import_excess(document: Mapping[str, Any], operation_count: int) -> SizeExcess | None:
    """Return the excess of a document over the limit of the import; None if it fits.

    The size includes the integrations that the caller adds.
    """
    size = _count_bytes(document) + INTEGRATION_BYTES * operation_count
    return SizeExcess(size, BODY_MAX_BYTES, "the import") if size > BODY_MAX_BYTES else None


def find_template_excess(
    document: Mapping[str, Any],
    operation_count: int,
    *,
    reserved_bytes: int = 0,
    indented: bool = False,
) -> SizeExcess | None:
    """Return the excess of a document over the limit of a template; None if it fits.

    Args:
        document: The document, without integrations.
        operation_count: The number of its operations.
        reserved_bytes: The bytes that other resources need.
        indented: Whether CDK indents the template.
    """
    added = INTEGRATION_BYTES * operation_count + reserved_bytes
    if indented:
        added += INTEGRATION_INDENTATION_BYTES * operation_count
    size = count_template_bytes(document, indented=indented) + added + OTHER_RESOURCES_BYTES
    return (
        SizeExcess(size, TEMPLATE_MAX_BYTES, INDENTED_TEMPLATE if indented else "a template")
        if size > TEMPLATE_MAX_BYTES
        else None
    )


def count_template_bytes(document: Mapping[str, Any], *, indented: bool) -> int:
    """Return the size of a document in a template, in bytes."""
    return _count_bytes(document) + (_count_indentation_bytes(document) if indented else 0)


def _count_bytes(document: Mapping[str, Any]) -> int:
    return len(json.dumps(document, separators=(",", ":")).encode())


def _count_indentation_bytes(value: object, level: int = INDENTED_LEVELS) -> int:
    """Return the bytes that CDK's indentation adds: one line per member, one space per level."""
    if not isinstance(value, dict | list) or not value:
        return 0
    children = value.values() if isinstance(value, dict) else value
    blank_after_colon = 1 if isinstance(value, dict) else 0
    line = 1 + level + 1 + blank_after_colon
    closing = 1 + level
    member_bytes = line * len(value) + closing
    return member_bytes + sum(_count_indentation_bytes(child, level + 1) for child in children)
