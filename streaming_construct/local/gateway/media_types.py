"""Whether a media type is one of an API's binary media types."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase


def is_binary(content_type: str | None, binary_media_types: Iterable[str]) -> bool:
    """Return whether content of a type is binary for the API.

    Content without a type counts as `application/json`. Parameters (`; charset=utf-8`) are ignored.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/lambda-proxy-binary-media.html
    """
    media_type = (content_type or "application/json").partition(";")[0].strip().lower()
    return any(fnmatchcase(media_type, pattern.lower()) for pattern in binary_media_types)
