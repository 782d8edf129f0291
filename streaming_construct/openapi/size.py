"""How much room a document takes, and whether it has it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streaming_construct.knowledge.limits import BODY_MAX_BYTES, TEMPLATE_MAX_BYTES

INTEGRATION_BYTES = 640
"""What one operation's streaming integration adds as CDK writes it: a function's ARN and a role
that CloudFormation fills in, a timeout, a transfer mode."""
REST_OF_STACK_BYTES = 40_000
"""What else a stack with one such API and its function holds, generously."""

_DEPTH_OF_BODY = 5
"""How deep in a template a body is, which CDK indents by one space a level."""


@dataclass(frozen=True)
class Excess:
    """More bytes than there is room for."""

    number: int
    limit: int
    room: str

    def __str__(self) -> str:
        return f"{self.number:,} bytes, and {self.room} takes {self.limit:,}"


def excess_of(document: Mapping[str, Any], operations: int, *, inline: bool) -> Excess | None:
    """By how much a document has too little room; `None` when it has enough.

    Args:
        document: The document without integrations.
        operations: How many integrations are to come.
        inline: Whether a template has to hold it.
    """
    added = INTEGRATION_BYTES * operations
    imported = len(json.dumps(document, separators=(",", ":")).encode()) + added
    if imported > BODY_MAX_BYTES:
        return Excess(imported, BODY_MAX_BYTES, "the import")
    if not inline or imported < TEMPLATE_MAX_BYTES // 4:
        return None
    written = json.dumps(document, indent=1)
    indented = len(written.encode()) + _DEPTH_OF_BODY * written.count("\n")
    size = indented + added + REST_OF_STACK_BYTES
    return Excess(size, TEMPLATE_MAX_BYTES, "a template") if size > TEMPLATE_MAX_BYTES else None
