"""Where a resource of a template was written: its construct path, where CDK left it."""

from __future__ import annotations

from streaming_construct.knowledge.model import Origin
from streaming_construct.sources.assembly import Stack


def origin_of(stack: Stack, logical_id: str) -> Origin:
    """Return the origin of a resource by its logical id."""
    metadata = stack.template["Resources"][logical_id].get("Metadata", {})
    written = str(metadata.get("aws:cdk:path", "")).removesuffix("/Resource")
    return Origin(
        construct_path=stack.construct_paths.get(logical_id) or written or None,
        logical_id=logical_id,
        file=str(stack.file),
    )
