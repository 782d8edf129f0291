"""Which operations say of themselves that they stream: by the media types of their responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streaming_construct.openapi.reader.operations import Operation

STREAMED_MEDIA_TYPES = frozenset(
    [
        "application/json-seq",
        "application/jsonl",
        "application/jsonlines",
        "application/ndjson",
        "application/stream+json",
        "application/vnd.amazon.eventstream",
        "application/x-json-stream",
        "application/x-jsonlines",
        "application/x-ndjson",
        "multipart/x-mixed-replace",
        "text/event-stream",
    ]
)
"""Media types of responses that are sequences of messages, which a client can use one by one."""


def streams(operation: Operation) -> bool:
    """Whether a response of the operation is a sequence of messages.

    OpenAPI 3.2 says so by `itemSchema`, other versions by the media type.
    """
    return any(
        body.has_item_schema
        or body.media_type.partition(";")[0].strip().lower() in STREAMED_MEDIA_TYPES
        for response in operation.responses
        for body in response.bodies
    )
