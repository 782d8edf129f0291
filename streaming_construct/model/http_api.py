"""`HttpApi`: the parts of an HTTP API of API Gateway that the rules need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from streaming_construct.model.functions import Function
from streaming_construct.model.integrations import Integration
from streaming_construct.model.source_location import SourceLocation


@dataclass(frozen=True, kw_only=True)
class HttpApi:
    """An HTTP API. HTTP APIs buffer every response.

    `functions` are the functions behind it, by `Function.id`. `integrations` are those of its
    OpenAPI document.
    """

    id: str
    name: str
    origin: SourceLocation
    functions: Mapping[str, Function] = field(default_factory=dict)
    integrations: tuple[Integration, ...] = ()
