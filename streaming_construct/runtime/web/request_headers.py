"""Request headers as a web server gives them to an app: nothing that a client could forge.

https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 names the headers of a connection.
https://aws.github.io/aws-lambda-web-adapter/ names the two headers that describe the invocation.
"""

from __future__ import annotations

import json
import os
import re
from functools import lru_cache

from streaming_construct.runtime.lambda_context import FUNCTION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from streaming_construct.runtime.lambda_context import LambdaContext

    HeaderList = list[tuple[str, str]]

REQUEST_CONTEXT = "x-amzn-request-context"
LAMBDA_CONTEXT = "x-amzn-lambda-context"
_TENANT_ID = "x-amz-tenant-id"
# The gateway has read the message: these describe a connection that has ended there. An app that
# trusted `content-length` or `transfer-encoding` of the client would misread the body.
_DROPPED = frozenset({
    "connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade", REQUEST_CONTEXT, LAMBDA_CONTEXT, _TENANT_ID,
})  # fmt: skip
# A token of RFC 9110 without the underscore: CGI variables turn `-` into `_`, so that `X_User`
# would be read as `X-User`. Web servers drop such names.
_is_name = re.compile(r"[a-z0-9!#$%&'*+.^`|~-]+").fullmatch
_CONTROL = re.compile("[\0\r\n]")
_HOST = re.compile(r"[A-Za-z0-9.\-_~!$&'()*+,;=%]+|\[[0-9A-Fa-f:.]+\]")
_PORT_MAX = 65535
_to_json = json.JSONEncoder().encode
_CONFIGURATION = _to_json(
    {
        "function_name": FUNCTION["function_name"],
        "memory": int(FUNCTION["memory_limit_in_mb"] or 0),
        "version": FUNCTION["function_version"],
        "log_stream": FUNCTION["log_stream_name"],
        "log_group": FUNCTION["log_group_name"],
    }
)


class Authority:
    """A host and a port, as a Host header has them."""

    __slots__ = ("host", "port")

    def __init__(self, host: str, port: int | None) -> None:
        self.host = host
        self.port = port

    @staticmethod
    @lru_cache(maxsize=16)  # few names lead to a function
    def parse(value: str) -> Authority | None:
        """Return the host and the port of a Host header; None where the value is malformed."""
        host, separator, digits = value.partition("]")
        if separator:
            host, digits = host + separator, digits.removeprefix(":")
        else:
            host, _, digits = value.partition(":")
        if not _HOST.fullmatch(host):
            return None
        if not digits:
            return Authority(host, None)
        if not (digits.isascii() and digits.isdecimal()) or int(digits[:6]) > _PORT_MAX:
            return None
        return Authority(host, int(digits))


def clean_headers(
    headers: HeaderList,
    *,
    body_size: int,
    has_body: bool,
    request_context: dict[str, Any],
    context: LambdaContext | None,
) -> HeaderList:
    """Return the headers that the app gets, names in lower case.

    Args:
        headers: The headers of the event, names in lower case.
        body_size: The size of the decoded body, in bytes.
        has_body: Whether the method has a body, which requires `content-length: 0`.
        request_context: The event's `requestContext`, for the header of that name.
        context: The context of the invocation, for the header of that name. Default: no headers.
    """
    dropped = _DROPPED
    for header, value in headers:
        if header == "connection":
            named = {name.strip().lower() for name in value.split(",")}
            dropped |= named - {"host", "content-type", "authorization", "cookie"}
    cleaned = [
        (name, value if value.isprintable() else _CONTROL.sub(" ", value))
        for name, value in headers
        if name not in dropped and _is_name(name)
    ]
    if body_size or has_body:
        cleaned.append(("content-length", str(body_size)))
    if context is not None:
        cleaned.append((REQUEST_CONTEXT, _to_json(request_context)))
        cleaned.append((LAMBDA_CONTEXT, _format_lambda_context(context)))
        if context.tenant_id:
            cleaned.append((_TENANT_ID, context.tenant_id))
    return cleaned


def _format_lambda_context(context: LambdaContext) -> str:
    """Return the context as the Lambda Web Adapter gives it to an app."""
    client, identity = context.client_context, context.identity
    # In parts: the encoder takes one call for a text, and five for an object.
    return (
        f'{{"request_id": {_to_json(context.aws_request_id)}, "deadline": {context.deadline_ms}, '
        f'"invoked_function_arn": {_to_json(context.invoked_function_arn)}, '
        f'"xray_trace_id": {_to_json(os.environ.get("_X_AMZN_TRACE_ID"))}, '
        f'"client_context": {"null" if client is None else _to_json(client.to_dict())}, '
        f'"identity": {_to_json(identity.to_dict()) if identity.cognito_identity_id else "null"}, '
        f'"env_config": {_CONFIGURATION}}}'
    )


def encode_value(value: str) -> bytes:
    """Return a header's value as bytes: latin-1, or UTF-8 where latin-1 lacks a character."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace")
