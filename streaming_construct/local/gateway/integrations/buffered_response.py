"""The response that API Gateway makes from the JSON of a function behind a BUFFERED integration.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from typing import Any, Final

from streaming_construct.aws.limits import PRELUDE_DELIMITER
from streaming_construct.local.gateway.integrations.prelude import PreludeError, parse_prelude
from streaming_construct.local.gateway.media_types import is_binary
from streaming_construct.local.gateway.response import Response
from streaming_construct.local.gateway.response_headers import (
    add_content_type,
    parse_headers,
    parse_multi_value_headers,
    to_buffered_client_headers,
)

_KEYS: Final = frozenset({"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"})


class MalformedProxyResponseError(ValueError):
    """The output is not a proxy response, so API Gateway returns 502; see the message."""


def parse_proxy_response(
    payload: bytes, accept: str | None, binary_media_types: Iterable[str]
) -> Response:
    """Return the response that API Gateway makes from a function's output.

    If a function streams (a prelude, the delimiter, a body), its status and headers arrive and its
    body is lost. A deployed BUFFERED integration does the same.

    Raises:
        MalformedProxyResponseError: The output is not a Lambda proxy response.
    """
    prelude, delimiter, _ = payload.partition(PRELUDE_DELIMITER)
    if delimiter:
        try:
            parsed = parse_prelude(prelude)
        except PreludeError as error:
            raise MalformedProxyResponseError(str(error)) from error
        return Response(parsed.status, add_content_type(to_buffered_client_headers(parsed.headers)))
    try:
        response = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise MalformedProxyResponseError(f"the output is not JSON: {payload[:60]!r}") from error
    if not isinstance(response, dict):
        raise MalformedProxyResponseError(f"the output is not a JSON object but {payload[:60]!r}")
    if unknown := sorted(response.keys() - _KEYS):
        raise MalformedProxyResponseError(f"the output has unknown keys: {', '.join(unknown)}")
    try:
        single = parse_headers(response.get("headers"))
        multiple = parse_multi_value_headers(response.get("multiValueHeaders"))
    except ValueError as error:
        raise MalformedProxyResponseError(str(error)) from error
    return Response(
        _read_status(response),
        add_content_type(
            to_buffered_client_headers(
                (*(pair for pair in single if pair not in multiple), *multiple)
            )
        ),
        _read_body(response, accept, tuple(binary_media_types)),
    )


def _read_status(response: dict[str, Any]) -> int:
    status = response.get("statusCode")
    status = 200 if status is None else status
    try:
        number = int(status)
    except (TypeError, ValueError):
        number = 0
    if isinstance(status, bool | float) or not 200 <= number <= 599:
        raise MalformedProxyResponseError(f"statusCode is not an HTTP status but {status!r}")
    return number


def _read_body(
    response: dict[str, Any], accept: str | None, binary_media_types: tuple[str, ...]
) -> bytes:
    body = response.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise MalformedProxyResponseError(f"body is not a string but {type(body).__name__}")
    # The client's first Accept decides whether it receives the bytes or their base64.
    first = (accept or "").partition(",")[0]
    if response.get("isBase64Encoded") is True and is_binary(first, binary_media_types):
        try:
            return base64.b64decode(body, validate=True)
        except binascii.Error as error:
            raise MalformedProxyResponseError(f"body is not base64: {error}") from error
    return body.encode("utf-8", errors="replace")
