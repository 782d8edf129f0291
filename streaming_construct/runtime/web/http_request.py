"""The HTTP request within an event: REST API (version 1), HTTP API and function URL (version 2).

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import binascii
import os
import re
from urllib.parse import quote, unquote, urlencode

from streaming_construct.runtime.errors import LambdaError
from streaming_construct.runtime.web.request_headers import Authority, clean_headers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from streaming_construct.runtime.lambda_context import LambdaContext
    from streaming_construct.runtime.web.request_headers import HeaderList

# The characters that stay as they are in a path; an escape that is there already stays, too.
_PATH_SAFE = "/:@!$&'()*+,;=~-._%"
# Characters that neither direction changes: most paths have no others.
_is_plain_path = re.compile(r"[A-Za-z0-9/._~-]*").fullmatch
# Read once: a custom domain's base path, which API Gateway leaves in the event's path.
_BASE_PATH = f"/{os.environ.get('STREAMING_BASE_PATH', '').strip('/')}".rstrip("/")


class HttpRequest:
    """The request as a web server gives it to an app.

    `root` is the part of `path` below which the app is mounted. It is the stage, if the request's
    URL has one, then `STREAMING_BASE_PATH` if the path starts with it.

    Args:
        event: The event.
        context: The context of its invocation. Default: none, and no header that describes it.

    Raises:
        LambdaError: The event is no HTTP request.
    """

    headers: HeaderList
    host: str
    port: int

    __slots__ = (
        "body", "client", "headers", "host", "method", "multi_value", "path", "port", "query",
        "raw_path", "root", "scheme",
    )  # fmt: skip

    def __init__(self, event: Any, context: LambdaContext | None = None) -> None:
        request_context = event.get("requestContext") or {} if isinstance(event, dict) else {}
        if "http" in request_context:
            path, stage = self._read_version_2(event, request_context["http"]), ""
        elif request_context or (isinstance(event, dict) and "httpMethod" in event):
            path = self._read_version_1(event, request_context)
            stage = _find_stage_root(request_context, path)
        else:
            raise LambdaError(
                "Runtime.UnsupportedEvent",
                "an ASGI or WSGI app serves HTTP requests, and this event is none. "
                "Invoke it through API Gateway or a function URL, or write a plain handler",
            )
        is_below = f"{path}/".startswith(f"{_BASE_PATH}/")
        self.root = stage + (_BASE_PATH if is_below else "")
        path = stage + path
        if self.root == path:
            path += "/"
        self.path = self.raw_path = path
        if not _is_plain_path(path):
            self.raw_path = quote(path, safe=_PATH_SAFE)
            self.path = unquote(self.raw_path)
            self.root = unquote(quote(self.root, safe=_PATH_SAFE))
        self.body = _read_body(event)
        named = [(name.lower(), value) for name, value in self.headers if name.isascii()]
        first = dict(reversed(named))
        self._read_authority(first, request_context)
        self.headers = clean_headers(
            named,
            body_size=len(self.body),
            has_body=self.method in ("POST", "PUT", "PATCH"),
            request_context=request_context,
            context=context,
        )

    def _read_authority(self, first: dict[str, str], request_context: dict[str, Any]) -> None:
        """Read scheme, host and port; what is malformed or absent comes from the event.

        Args:
            first: The first value of each header, by lower-case name.
            request_context: The event's `requestContext`.
        """
        scheme = first.get("x-forwarded-proto", "https").lower()
        self.scheme = scheme if scheme in ("http", "https") else "https"
        domain_name = str(request_context.get("domainName") or "localhost")
        authority = Authority.parse(first.get("host", "")) or Authority(domain_name, None)
        self.host = authority.host
        forwarded = first.get("x-forwarded-port", "")
        default = 80 if self.scheme == "http" else 443
        if authority.port is not None:
            self.port = authority.port
        elif forwarded.isascii() and forwarded.isdecimal() and len(forwarded) < 6:
            self.port = int(forwarded)
        else:
            self.port = default

    def _read_version_1(self, event: dict[str, Any], context: dict[str, Any]) -> str:
        self.multi_value = True
        self.method = str(event.get("httpMethod") or "GET")
        self.client = str((context.get("identity") or {}).get("sourceIp") or "")
        query = _list_values(event, "multiValueQueryStringParameters", "queryStringParameters")
        self.query = urlencode(query) if query else ""
        self.headers = _list_values(event, "multiValueHeaders", "headers")
        return str(event.get("path") or "/")

    def _read_version_2(self, event: dict[str, Any], http: dict[str, Any]) -> str:
        self.multi_value = False
        self.method = str(http.get("method") or "GET")
        self.client = str(http.get("sourceIp") or "")
        self.query = str(event.get("rawQueryString") or "")
        self.headers = list((event.get("headers") or {}).items())
        if event.get("cookies"):
            self.headers.append(("cookie", "; ".join(event["cookies"])))
        return str(event.get("rawPath") or "/")


def _find_stage_root(request_context: dict[str, Any], path: str) -> str:
    """Return `/` and the stage where the request's URL has it, as an `execute-api` URL does.

    `requestContext.path` is the path of the URL, `path` the one without the stage. On a custom
    domain name both are equal.
    """
    url_path = str(request_context.get("path") or "")
    stage = f"/{request_context.get('stage')}"
    is_below = url_path == stage + path or (path == "/" and url_path == stage)
    return stage if is_below else ""


def _list_values(event: dict[str, Any], multiple: str, single: str) -> list[tuple[str, str]]:
    """Return every value of every name, from the multi-value map where there is one."""
    values = dict(event.get(multiple) or {})
    for name, value in (event.get(single) or {}).items():
        values.setdefault(name, [value])
    return [(name, str(value)) for name, several in values.items() for value in several or [""]]


def _read_body(event: dict[str, Any]) -> bytes:
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        return binascii.a2b_base64(body)
    # A lone surrogate is no UTF-8; it stands for a byte that was none either.
    return str(body).encode("utf-8", "replace")
