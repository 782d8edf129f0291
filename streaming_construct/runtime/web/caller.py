"""The caller of a request, as API Gateway identified it: the same for each way to run an app.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

import json
import os

from streaming_construct.runtime.web.request_headers import REQUEST_CONTEXT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_HEADER = REQUEST_CONTEXT.encode()
_ENVIRON = f"HTTP_{REQUEST_CONTEXT.upper().replace('-', '_')}"
# Lambda sets it. A header of this name proves nothing where no adapter replaces a client's own.
_IN_LAMBDA = "AWS_LAMBDA_FUNCTION_NAME"
# The members that API Gateway adds to the context of a Lambda authorizer.
_NOT_CONTEXT = {"claims", "iam", "integrationLatency", "jwt", "lambda", "principalId", "scopes"}
# A Cognito authorizer gives each claim as text; OpenID Connect and Cognito define these types.
_BOOLEANS = {"email_verified", "phone_number_verified"}
_SECONDS = {"auth_time", "exp", "iat", "nbf", "updated_at"}
_LISTS = {"cognito:groups", "cognito:roles"}
_COGNITO_TIME = "%a %b %d %H:%M:%S UTC %Y"


class Caller:
    """The caller of a request. A value that API Gateway does not know is None or empty.

    Attributes:
        source_ip: The address that the request came from.
        user_agent: The `User-Agent` of the request.
        principal_id: The `sub` claim, the `principalId` of a Lambda authorizer, or the ARN of an
            AWS identity.
        claims: The claims of the token, from a JWT or Cognito authorizer. Times are seconds since
            1970; `email_verified`, `phone_number_verified` and `cognito:groups` have their types.
        scopes: The scopes of the token.
        authorizer_context: The context that a Lambda authorizer returned.
        user_arn: The ARN of the AWS identity, with IAM authorization.
        account_id: The AWS account of that identity.
        api_key_id: The id of the API key.
    """

    __slots__ = (
        "account_id", "api_key_id", "authorizer_context", "claims", "principal_id", "scopes",
        "source_ip", "user_agent", "user_arn",
    )  # fmt: skip

    def __init__(self, request_context: Mapping[str, Any]) -> None:
        """Read the caller from the `requestContext` of an event, version 1 or 2."""
        http = request_context.get("http") or {}
        authorizer = request_context.get("authorizer") or {}
        identity = {**(request_context.get("identity") or {}), **(authorizer.get("iam") or {})}
        token = authorizer.get("jwt") or authorizer
        custom = authorizer.get("lambda")
        if custom is None:
            custom = {name: value for name, value in authorizer.items() if name not in _NOT_CONTEXT}
        self.source_ip: str | None = identity.get("sourceIp") or http.get("sourceIp")
        self.user_agent: str | None = identity.get("userAgent") or http.get("userAgent")
        self.claims: dict[str, Any] = {
            name: _convert_claim(name, value) for name, value in (token.get("claims") or {}).items()
        }
        scopes = token.get("scopes") or self.claims.get("scope") or ()
        self.scopes: tuple[str, ...] = tuple(
            scopes.split() if isinstance(scopes, str) else map(str, scopes)
        )
        self.authorizer_context: dict[str, Any] = dict(custom)
        self.user_arn: str | None = identity.get("userArn")
        self.account_id: str | None = identity.get("accountId")
        self.api_key_id: str | None = identity.get("apiKeyId")
        self.principal_id: str | None = (
            authorizer.get("principalId") or self.claims.get("sub") or self.user_arn
        )

    def __repr__(self) -> str:
        return f"Caller({self.principal_id!r}, source_ip={self.source_ip!r})"


def read_caller(request: Mapping[str, Any]) -> Caller:
    """Return the caller of a request.

    Behind the Lambda Web Adapter, the caller is in a header that the adapter sets. Outside Lambda
    the header is ignored, since any client could send it, and the caller is unknown.

    Args:
        request: An ASGI scope, a WSGI environ, or the event of a plain handler.

    Raises:
        ValueError: `request` is none of them.
    """
    if "requestContext" in request:
        return Caller(request["requestContext"] or {})
    if "aws.event" in request:
        return Caller(request["aws.event"].get("requestContext") or {})
    if "REQUEST_METHOD" in request:
        text = request.get(_ENVIRON, "")
    elif request.get("type") in ("http", "websocket"):
        text = dict(request["headers"]).get(_HEADER, b"").decode("latin-1")
    else:
        raise ValueError(
            "the caller is read from an ASGI scope, a WSGI environ or an event of API Gateway. "
            "Pass request.scope, request.environ or the event."
        )
    return Caller(read_request_context(text))


def read_request_context(header: str) -> dict[str, Any]:
    """Return the `requestContext` in the adapter's header; empty outside Lambda."""
    if not header or _IN_LAMBDA not in os.environ:
        return {}
    context = json.loads(header)
    return context if isinstance(context, dict) else {}


def _convert_claim(name: str, value: Any) -> Any:
    """Return a claim in its type: Cognito authorizers give text, JWT authorizers the type."""
    if not isinstance(value, str):
        return value
    if name in _BOOLEANS and value in ("true", "false"):
        return value == "true"
    if name in _LISTS:
        return [item for item in value.strip("[]").replace(",", " ").split() if item]
    if name in _SECONDS:
        return _parse_seconds(value)
    return value


def _parse_seconds(value: str) -> int | str:
    """Return seconds since 1970 from digits or from Cognito's form; other text as it is."""
    if value.isascii() and value.isdigit():
        return int(value)
    import calendar
    import time

    try:
        return calendar.timegm(time.strptime(value, _COGNITO_TIME))
    except ValueError:
        return value
