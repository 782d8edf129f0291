"""The Lambda Web Adapter's translation: an event to an HTTP request, a response to its prelude.

Pure, and as the adapter was measured to do it, with one difference: REMOVE_BASE_PATH takes away one
leading segment, as version 1.1.0 says, where 1.0 took away any prefix.
https://aws.github.io/aws-lambda-web-adapter/configuration/environment-variables.html
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from streaming_construct.aws.limits import PRELUDE_DELIMITER
from streaming_construct.local.http.headers import Headers, header

if TYPE_CHECKING:
    from collections.abc import Mapping

PRELUDE_CONTENT_TYPE: Final = "application/vnd.awslambda.http-integration-response"

# The connection to the app frames its messages.
_OURS: Final = frozenset({"connection", "content-length", "expect", "transfer-encoding", "upgrade"})
_NOT_LATIN_1 = re.compile(r"[^\x20-\x7e\x80-\xff]")
_PATH_SAFE: Final = "/%:@!$&'()*+,;=~-._[]"
_TEXT = re.compile(r"text/|application/(?:[^;]*\+)?(?:json|xml|javascript|yaml)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class AppRequest:
    """The request that the web app gets."""

    method: str
    target: str
    headers: Headers
    body: bytes


def event_to_request(
    payload: bytes,
    *,
    context: Mapping[str, Any],
    trace_id: str = "",
    remove_base_path: str = "",
    authorization_source: str = "",
    pass_through_path: str,
) -> AppRequest:
    """Translate an event; one that is no HTTP request is posted to `pass_through_path`.

    The header named by `authorization_source` becomes the `authorization` that the app sees.
    Repeated headers collapse to the last of each name: the adapter does so when deployed, too.

    Raises:
        ValueError: the payload is not JSON, or its body not the base64 it claims to be.
    """
    event = json.loads(payload)
    if not isinstance(event, dict) or "httpMethod" not in event or "path" not in event:
        headers = [("Content-Type", "application/json")]
        return AppRequest(method="POST", target=pass_through_path, headers=headers, body=payload)
    path = _without_base_path(str(event["path"] or "/"), remove_base_path)
    query = _query(event)
    return AppRequest(
        method=str(event["httpMethod"]),
        target=quote(path, safe=_PATH_SAFE) + (f"?{query}" if query else ""),
        headers=_headers(event, context, trace_id, authorization_source.lower()),
        body=_body(event),
    )


def prelude(status: int, headers: Headers) -> bytes:
    """The metadata of a streamed response with the eight NULs that end it.

    Repeated headers become arrays; values that are not ASCII are lost: both as measured.
    """
    fields: dict[str, list[str]] = {}
    for name, value in _response_headers(headers):
        fields.setdefault(name.lower(), [])
        if value.isascii():
            fields[name.lower()].append(value)
    cookies = fields.pop("set-cookie", [])
    metadata = {
        "statusCode": status,
        "headers": {name: v[0] if len(v) == 1 else v for name, v in fields.items()},
        "cookies": cookies,
    }
    return json.dumps(metadata, separators=(",", ":")).encode() + PRELUDE_DELIMITER


def proxy_response(status: int, headers: Headers, body: bytes) -> bytes:
    """A buffered response: text as it is, anything else, and what is encoded, in base64."""
    fields: dict[str, list[str]] = {}
    for name, value in _response_headers(headers):
        fields.setdefault(name.lower(), []).append(value)
    content_type = header(headers, "content-type") or ""
    encoded = bool(header(headers, "content-encoding")) or not _TEXT.match(content_type)
    try:
        text = base64.b64encode(body).decode() if encoded else body.decode()
    except UnicodeDecodeError:
        encoded, text = True, base64.b64encode(body).decode()
    response = {
        "statusCode": status,
        "headers": {name: values[-1] for name, values in fields.items()},
        "multiValueHeaders": fields,
        "body": text,
        "isBase64Encoded": encoded,
    }
    return json.dumps(response).encode()


def _response_headers(headers: Headers) -> Headers:
    remaining = [pair for pair in headers if pair[0].lower() != "transfer-encoding"]
    if header(remaining, "content-type") is None:
        remaining.append(("content-type", "application/octet-stream"))
    return remaining


def _without_base_path(path: str, base: str) -> str:
    base = base.rstrip("/")
    if base and (path == base or path.startswith(f"{base}/")):
        return path[len(base) :] or "/"
    return path


def _query(event: Mapping[str, Any]) -> str:
    query = event.get("multiValueQueryStringParameters") or event.get("queryStringParameters") or {}
    return urlencode(query, doseq=True)


def _headers(
    event: Mapping[str, Any],
    context: Mapping[str, Any],
    trace_id: str,
    authorization_source: str,
) -> Headers:
    fields: dict[str, str] = {}
    for name, values in (event.get("multiValueHeaders") or {}).items():
        if values:
            fields[name.lower()] = str(values[-1])
    for name, value in (event.get("headers") or {}).items():
        fields[name.lower()] = str(value)
    for name in _OURS:
        fields.pop(name, None)
    if authorization_source in fields:
        fields["authorization"] = fields.pop(authorization_source)
    if trace_id:
        fields["x-amzn-trace-id"] = trace_id
    fields["x-amzn-request-context"] = json.dumps(event.get("requestContext") or {})
    fields["x-amzn-lambda-context"] = json.dumps(context)
    return [(name, value) for name, value in fields.items() if not _NOT_LATIN_1.search(value)]


def _body(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        return base64.b64decode(body, validate=True)
    return str(body).encode()
