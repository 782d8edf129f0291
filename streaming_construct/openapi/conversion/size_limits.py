"""How much room a document takes, and whether it has it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from streaming_construct.aws.limits import BODY_MAX_BYTES, TEMPLATE_MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

INDENTED = "a template that is written with indentation"
INTEGRATION_BYTES = 450
"""The bytes of an operation's streaming integration in a template: the ARN of the function, the
role, the timeout and the transfer mode."""
INTEGRATION_INDENTATION_BYTES = 400
"""The bytes of the indentation of one integration: about 30 lines, ten levels deep."""
INDENTED_LEVELS = 4
"""How deep a template holds the document: `Resources`, the API, `Properties`, `Body`."""
REST_OF_STACK_BYTES = 30_000
"""An upper estimate of the bytes of other resources in a stack with one API and function."""


@dataclass(frozen=True)
class SizeExcess:
    """More bytes than there is room for."""

    number: int
    limit: int
    room: str

    def __str__(self) -> str:
        return f"{self.number:,} bytes, and {self.room} takes {self.limit:,}"


def excess_of_import(document: Mapping[str, Any], operations: int) -> SizeExcess | None:
    """By how much a document is too large for the import with its integrations to come."""
    size = _bytes(document) + INTEGRATION_BYTES * operations
    return SizeExcess(size, BODY_MAX_BYTES, "the import") if size > BODY_MAX_BYTES else None


def excess_of_template(
    document: Mapping[str, Any],
    operations: int,
    *,
    reserved_bytes: int = 0,
    indented: bool = False,
) -> SizeExcess | None:
    """By how much a document is too large for a template, `indented` as CDK writes one or not."""
    added = INTEGRATION_BYTES * operations + reserved_bytes
    if indented:
        added += INTEGRATION_INDENTATION_BYTES * operations
    size = template_bytes(document, indented=indented) + added + REST_OF_STACK_BYTES
    return (
        SizeExcess(size, TEMPLATE_MAX_BYTES, INDENTED if indented else "a template")
        if size > TEMPLATE_MAX_BYTES
        else None
    )


def template_bytes(document: Mapping[str, Any], *, indented: bool) -> int:
    """How much of a template a document takes, `indented` as CDK writes one or not."""
    return _bytes(document) + (_indentation_bytes(document) if indented else 0)


def _bytes(document: Mapping[str, Any]) -> int:
    return len(json.dumps(document, separators=(",", ":")).encode())


def _indentation_bytes(value: object, level: int = INDENTED_LEVELS) -> int:
    """Return the bytes that CDK's indentation adds: one line per member, one space per level."""
    if not isinstance(value, dict | list) or not value:
        return 0
    children = value.values() if isinstance(value, dict) else value
    blank_after_colon = 1 if isinstance(value, dict) else 0
    line = 1 + level + 1 + blank_after_colon
    closing = 1 + level
    own = line * len(value) + closing
    return own + sum(_indentation_bytes(child, level + 1) for child in children)
