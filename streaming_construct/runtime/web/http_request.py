"""The HTTP request within an event: REST API (version 1), HTTP API and function URL (version 2).

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import binascii
import os
from urllib.parse import quote, unquote, urlencode

from streaming_construct.runtime.errors import LambdaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# What may stand in a path as it is; an escape that is there already stays.
_PATH_SAFE = "/:@!$&'()*+,;=~-._%"
# Read once: a custom domain's base path, which API Gateway leaves in the event's path.
_BASE_PATH = f"/{os.environ.get('STREAMING_BASE_PATH', '').strip('/')}".rstrip("/")


class HttpRequest:
    """The request as a web framework wants it.

    Header names are lower case, and repeated headers stand one by one. `root` is the part of `path`
    below which the app is mounted: `STREAMING_BASE_PATH` where `path` starts with it, else empty.
    """

    __slots__ = (
        "body", "client", "headers", "host", "method", "multi_value", "path", "port", "query",
        "raw_path", "root", "scheme",
    )  # fmt: skip

    def __init__(self, event: Any) -> None:
        context = event.get("requestContext") or {} if isinstance(event, dict) else {}
        if "http" in context:
            path = self._read_version_2(event, context["http"])
        elif context or (isinstance(event, dict) and "httpMethod" in event):
            path = self._read_version_1(event, context)
        else:
            raise LambdaError(
                "Runtime.UnsupportedEvent",
                "an ASGI or WSGI app serves HTTP requests, and this event is none: "
                "invoke it through API Gateway or a function URL, or write a plain handler",
            )
        is_below = f"{path}/".startswith(f"{_BASE_PATH}/")
        self.root = _BASE_PATH if is_below else ""
        if self.root == path:
            path += "/"
        self.raw_path = quote(path, safe=_PATH_SAFE)
        self.path = unquote(self.raw_path)
        self.body = _body(event)
        first = dict(reversed(self.headers))
        self.scheme = first.get("x-forwarded-proto", "https")
        host, _, port = first.get("host", "localhost").partition(":")
        self.host = host
        forwarded = port or first.get("x-forwarded-port", "")
        default = 80 if self.scheme == "http" else 443
        self.port = int(forwarded) if forwarded.isdigit() else default

    def _read_version_1(self, event: dict[str, Any], context: dict[str, Any]) -> str:
        self.multi_value = True
        self.method = str(event.get("httpMethod") or "GET")
        self.client = (context.get("identity") or {}).get("sourceIp") or ""
        query = _multi_values(event, "multiValueQueryStringParameters", "queryStringParameters")
        self.query = urlencode(query)
        self.headers = [
            (name.lower(), value)
            for name, value in _multi_values(event, "multiValueHeaders", "headers")
        ]
        return str(event.get("path") or "/")

    def _read_version_2(self, event: dict[str, Any], http: dict[str, Any]) -> str:
        self.multi_value = False
        self.method = str(http.get("method") or "GET")
        self.client = str(http.get("sourceIp") or "")
        self.query = str(event.get("rawQueryString") or "")
        self.headers = [(n.lower(), v) for n, v in (event.get("headers") or {}).items()]
        if event.get("cookies"):
            self.headers.append(("cookie", "; ".join(event["cookies"])))
        return str(event.get("rawPath") or "/")


def _multi_values(event: dict[str, Any], multiple: str, single: str) -> list[tuple[str, str]]:
    """Returns every value of every name, from the multi-value map where there is one."""
    values = dict(event.get(multiple) or {})
    for name, value in (event.get(single) or {}).items():
        values.setdefault(name, [value])
    return [(name, value) for name, several in values.items() for value in several or [""]]


def _body(event: dict[str, Any]) -> bytes:
    body = event.get("body") or ""
    return binascii.a2b_base64(body) if event.get("isBase64Encoded") else str(body).encode()
