"""Where a resource was written: its construct path, where CDK left it; else where AWS has it."""

from __future__ import annotations

from streaming_construct.model.source_location import SourceLocation
from streaming_construct.templates.stacks.coercion import as_mapping
from streaming_construct.templates.stacks.stack import Stack


def find_origin(stack: Stack, logical_id: str) -> SourceLocation:
    """Return the origin of a resource by its logical id."""
    if logical_id in stack.arns:
        return SourceLocation(arn=stack.arns[logical_id])
    metadata = as_mapping(as_mapping(stack.template["Resources"]).get(logical_id)).get("Metadata")
    written = str(as_mapping(metadata).get("aws:cdk:path", "")).removesuffix("/Resource")
    return SourceLocation(
        construct_path=written or stack.constructs.get(logical_id),
        logical_id=logical_id,
        file=str(stack.file),
        json_pointer=stack.pointers.get(logical_id, ("Resources", logical_id)),
    )
