"""Find the operations that stream, by the media types of their responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streaming_construct.openapi.reader.operations import Operation

# The media types of responses that are sequences of messages.
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


def has_streamed_response(operation: Operation) -> bool:
    """Return whether a response of the operation is a sequence of messages.

    OpenAPI 3.2 declares a sequence with `itemSchema`, other versions with the media type.
    """
    return any(
        body.has_item_schema
        or body.media_type.partition(";")[0].strip().lower() in STREAMED_MEDIA_TYPES
        for response in operation.responses
        for body in response.bodies
    )
