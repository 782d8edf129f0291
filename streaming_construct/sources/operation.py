"""`Operation`: one method of one path, from whichever kind of template."""

from __future__ import annotations

from dataclasses import dataclass

from streaming_construct.knowledge.model import Origin


@dataclass(frozen=True)
class Operation:
    """A method (`ANY` for all) of a path.

    `integration` is what `x-amazon-apigateway-integration` holds, resolved: a mapping where all is
    well, None when there is none.
    """

    method: str
    path: str
    integration: object
    origin: Origin
