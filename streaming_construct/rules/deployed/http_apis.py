"""Which of API Gateway's products an API is.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html
"""

from __future__ import annotations

from collections.abc import Iterator

from streaming_construct.model.source_location import SourceLocation
from streaming_construct.model.subject import Subject
from streaming_construct.rules.checks.http_apis import HTTP_API_CANNOT_STREAM
from streaming_construct.rules.rule import Finding


def check_api_type(name: str, protocol: str, origin: SourceLocation) -> Iterator[Finding]:
    """Yield an error for an HTTP API, because HTTP APIs cannot stream."""
    if protocol == "HTTP":
        yield HTTP_API_CANNOT_STREAM.at(
            Subject("HTTP API", name),
            "HTTP APIs buffer every response",
            fix="Use a REST API.",
            location=origin,
        )
