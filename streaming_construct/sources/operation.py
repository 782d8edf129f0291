"""`Operation`: one method of one path, from whichever kind of template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from streaming_construct.knowledge.model import Origin


@dataclass(frozen=True)
class Operation:
    """A method (`ANY` for all) of a path.

    `integration` is what `x-amazon-apigateway-integration` holds, resolved: a mapping where all is
    well, None when there is none. `declared` is the whole operation of an OpenAPI body, or the
    properties of an `AWS::ApiGateway::Method`.
    """

    method: str
    path: str
    integration: object
    origin: Origin
    declared: Mapping[str, Any] = field(default_factory=dict)
