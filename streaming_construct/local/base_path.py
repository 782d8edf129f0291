"""The base paths of custom domain names, under which a gateway serves when it is told to."""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.knowledge.model import ApiModel


def base_path_hints(api: ApiModel, served: str | None) -> Iterator[str]:
    """Yield a line for each base path of the API but the one that it is served under."""
    for path in api.base_paths:
        if path != served:
            yield f"not served here: /{path}/ of a domain name; --base-path {path} tries it out"
