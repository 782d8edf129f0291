"""`Grant`: what was found out about a caller before he was let through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True)
class Grant:
    """What functions and logs are told of a caller.

    `authorizer` is `requestContext.authorizer`, None where a route has none; `identity` is what
    `requestContext.identity` has beside the address; `usage_key` is the API key that a Lambda
    authorizer named.
    """

    authorizer: Mapping[str, Any] | None = None
    identity: Mapping[str, Any] = field(default_factory=dict)
    usage_key: str | None = None


OPEN: Final = Grant()
