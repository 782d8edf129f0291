"""The Lambda Web Adapter's translation: an event to an HTTP request, a response to its prelude.

The functions are pure and do what the adapter was measured to do, with one difference.
REMOVE_BASE_PATH removes one leading segment, as version 1.1.0 documents. Version 1.0 removed any
prefix. https://aws.github.io/aws-lambda-web-adapter/configuration/environment-variables.html
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from streaming_construct.local.http.headers import Headers, get_header
from streaming_construct.local.lambda_.invocation import Event, encode_json

PRELUDE_CONTENT_TYPE: Final = "application/vnd.awslambda.http-integration-response"

# The connection to the app frames its messages.
_OURS: Final = frozenset({"connection", "content-length", "expect", "transfer-encoding", "upgrade"})
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_PATH_SAFE: Final = "/%:@!$&'()*+,;=~-._[]^|"
_QUOTED_PATH: Final = re.compile(r"[\w/%:@!$&'()*+,;=~\-.\[\]^|]*", re.ASCII)
_TEXT = re.compile(r"text/|application/(?:[^;]*\+)?(?:json|xml|javascript|yaml)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class AppRequest:
    """The request that the web app gets."""

    method: str
    target: str
    headers: Headers
    body: bytes


def convert_event_to_request(
    event: Event,
    *,
    context: Mapping[str, Any],
    trace_id: str = "",
    remove_base_path: str = "",
    authorization_source: str = "",
    pass_through_path: str,
) -> AppRequest:
    """Translate an event; one that is no HTTP request is posted to `pass_through_path` as JSON.

    The header named by `authorization_source` becomes the `authorization` that the app sees.
    Repeated headers collapse to the last of each name: the adapter does so when deployed, too.

    Raises:
        ValueError: The event is not JSON, or its body is not base64 although the event marks it so.
    """
    payload = event
    if isinstance(event, bytes):
        event = json.loads(event.decode())
    if not isinstance(event, Mapping) or "httpMethod" not in event or "path" not in event:
        headers = [("Content-Type", "application/json")]
        if not isinstance(payload, bytes):
            payload = encode_json(payload).encode()
        return AppRequest(method="POST", target=pass_through_path, headers=headers, body=payload)
    path = _remove_base_path(str(event["path"] or "/"), remove_base_path)
    query = _build_query(event)
    return AppRequest(
        method=str(event["httpMethod"]),
        target=_quote(path) + (f"?{query}" if query else ""),
        headers=_build_headers(event, context, trace_id, authorization_source.lower()),
        body=_decode_body(event),
    )


def build_prelude(status: int, headers: Headers) -> dict[str, Any]:
    """Return the prelude of a streamed response.

    As measured, repeated headers become arrays, and values that are not ASCII are lost.
    """
    fields: dict[str, list[str]] = {}
    for name, value in headers:
        values = fields.setdefault(name.lower(), [])
        if value.isascii():
            values.append(value)
    fields.pop("transfer-encoding", None)
    fields.setdefault("content-type", ["application/octet-stream"])
    cookies = fields.pop("set-cookie", [])
    return {
        "statusCode": status,
        "headers": {name: v[0] if len(v) == 1 else v for name, v in fields.items()},
        "cookies": cookies,
    }


def build_proxy_response(status: int, headers: Headers, body: bytes) -> bytes:
    """Return a buffered response: text as it is, encoded and other content in base64."""
    fields: dict[str, list[str]] = {}
    for name, value in headers:
        fields.setdefault(name.lower(), []).append(value)
    fields.pop("transfer-encoding", None)
    fields.setdefault("content-type", ["application/octet-stream"])
    content_type = get_header(headers, "content-type") or ""
    encoded = bool(get_header(headers, "content-encoding")) or not _TEXT.match(content_type)
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


def _quote(path: str) -> str:
    return path if _QUOTED_PATH.fullmatch(path) else quote(path, safe=_PATH_SAFE)


def _remove_base_path(path: str, base: str) -> str:
    base = base.rstrip("/")
    if base and (path == base or path.startswith(f"{base}/")):
        return path[len(base) :] or "/"
    return path


def _build_query(event: Mapping[str, Any]) -> str:
    query = event.get("multiValueQueryStringParameters") or event.get("queryStringParameters") or {}
    return urlencode(query, doseq=True) if query else ""


def _build_headers(
    event: Mapping[str, Any],
    context: Mapping[str, Any],
    trace_id: str,
    authorization_source: str,
) -> Headers:
    single, multiple = event.get("headers") or {}, event.get("multiValueHeaders") or {}
    fields: dict[str, str] = {}
    for name, values in multiple.items():
        if values and name not in single:
            fields[name.lower()] = str(values[-1])
    for name, value in single.items():
        fields[name.lower()] = str(value)
    for name in _OURS & fields.keys():
        del fields[name]
    if authorization_source in fields:
        fields["authorization"] = fields.pop(authorization_source)
    if trace_id:
        fields["x-amzn-trace-id"] = trace_id
    fields["x-amzn-request-context"] = json.dumps(event.get("requestContext") or {})
    fields["x-amzn-lambda-context"] = json.dumps(context)
    text = "".join(fields.values())
    if text.isascii() and text.isprintable():
        return list(fields.items())
    # Each character of latin-1 text is one byte on the connection; the adapter sends UTF-8.
    return [
        (name, value.encode("utf-8", "replace").decode("latin-1"))
        for name, value in fields.items()
        if not _CONTROL.search(value)
    ]


def _decode_body(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        return base64.b64decode(body, validate=True)
    return str(body).encode()
