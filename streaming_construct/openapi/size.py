"""How much room a document takes, and whether it has it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from streaming_construct.knowledge.limits import BODY_MAX_BYTES, TEMPLATE_MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping

INTEGRATION_BYTES = 450
"""What one operation's streaming integration adds to a template: the function's ARN and a role that
CloudFormation fills in, a timeout, a transfer mode."""
REST_OF_STACK_BYTES = 30_000
"""What else a stack with one such API and its function holds, generously."""


@dataclass(frozen=True)
class Excess:
    """More bytes than there is room for."""

    number: int
    limit: int
    room: str

    def __str__(self) -> str:
        return f"{self.number:,} bytes, and {self.room} takes {self.limit:,}"


def excess_of_import(document: Mapping[str, Any], operations: int) -> Excess | None:
    """By how much a document is too large for the import with its integrations to come."""
    size = _bytes(document) + INTEGRATION_BYTES * operations
    return Excess(size, BODY_MAX_BYTES, "the import") if size > BODY_MAX_BYTES else None


def excess_of_template(document: Mapping[str, Any], operations: int) -> Excess | None:
    """By how much a document is too large for a template written without indentation."""
    size = _bytes(document) + INTEGRATION_BYTES * operations + REST_OF_STACK_BYTES
    return Excess(size, TEMPLATE_MAX_BYTES, "a template") if size > TEMPLATE_MAX_BYTES else None


def _bytes(document: Mapping[str, Any]) -> int:
    return len(json.dumps(document, separators=(",", ":")).encode())
