"""Forwards a call to the endpoint of the user, or to AWS."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

from streaming_construct.local.execution_role.aws_call import SignatureScope
from streaming_construct.local.execution_role.request_signing import (
    EndpointCredentials,
    OutgoingRequest,
    SigningError,
    remove_signature,
    sign_headers,
)
from streaming_construct.local.http.client import HttpClient, Response
from streaming_construct.local.http.request import Request

_RUNTIME_PATHS: Final = ("/model/", "/guardrail/")
_NO_ENDPOINT: Final = (
    "no endpoint receives the call. Pass --env AWS_ENDPOINT_URL=URL for an endpoint on this "
    "machine, or --with-credentials for AWS"
)


class ForwardingError(Exception):
    """A call that cannot be forwarded. The text is a sentence for the user."""


@dataclass(frozen=True)
class CustomEndpoint:
    """An endpoint of the user, such as an emulator."""

    url: str


@dataclass(frozen=True)
class AwsEndpoint:
    """AWS itself, with the credentials of the user."""


Endpoint = CustomEndpoint | AwsEndpoint


@asynccontextmanager
async def forward(
    request: Request,
    body: bytes,
    scope: SignatureScope,
    endpoint: Endpoint | None,
    credentials: EndpointCredentials,
) -> AsyncIterator[Response]:
    """Send a request to an endpoint, and wait for the head of the response.

    `credentials` sign requests to an endpoint of the user.

    Raises:
        ForwardingError: There is no endpoint, it cannot be reached, or there are no credentials.
    """
    if endpoint is None:
        raise ForwardingError(_NO_ENDPOINT)
    path, _, query = request.target.partition("?")
    query = remove_signature(query)
    if isinstance(endpoint, CustomEndpoint):
        base, signer = endpoint.url.rstrip("/"), credentials
    else:
        signer = await asyncio.to_thread(_get_user_credentials)
        base = await asyncio.to_thread(_build_aws_url, _get_client_name(scope, path), scope.region)
    url = f"{base}{path}{'?' if query else ''}{query}"
    client, target = _get_client(url)
    outgoing = OutgoingRequest(method=request.method, url=url, headers=request.headers, body=body)
    try:
        headers = sign_headers(outgoing, signer, scope.service, scope.region)
    except SigningError as error:
        raise ForwardingError(str(error)) from error
    try:
        async with client.request(request.method, target, headers, body) as response:
            yield response
    except (OSError, ValueError) as error:
        raise ForwardingError(f"{base} cannot be reached: {error}") from error
    finally:
        client.close()


def _get_client(url: str) -> tuple[HttpClient, str]:
    """Return a client of the server of a URL, and the target of the request."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ForwardingError(f"{url} is no http or https URL. Correct AWS_ENDPOINT_URL")
    is_tls = parts.scheme == "https"
    port = parts.port or (443 if is_tls else 80)
    client = HttpClient(parts.hostname, port, tls=_create_tls_context() if is_tls else None)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return client, target


@cache
def _create_tls_context() -> ssl.SSLContext:
    return ssl.create_default_context()


@cache
def _create_session() -> Any:
    from botocore.session import Session

    return Session()


def _get_user_credentials() -> Any:
    credentials = _create_session().get_credentials()
    if credentials is None:
        raise ForwardingError("there are no AWS credentials. Run aws configure, or aws sso login")
    return credentials.get_frozen_credentials()


@cache
def _build_aws_url(service: str, region: str) -> str:
    """Return the URL of a service; the creation of a client takes a tenth of a second."""
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    config = Config(ignore_configured_endpoint_urls=True)
    try:
        client = _create_session().create_client(service, region_name=region, config=config)
    except (BotoCoreError, ValueError) as error:
        raise ForwardingError(f"{service} has no endpoint in {region}: {error}") from error
    return str(client.meta.endpoint_url)


def _get_client_name(scope: SignatureScope, path: str) -> str:
    """Return the name of the service in botocore."""
    is_runtime = scope.service == "bedrock" and path.startswith(_RUNTIME_PATHS)
    return "bedrock-runtime" if is_runtime else scope.service
