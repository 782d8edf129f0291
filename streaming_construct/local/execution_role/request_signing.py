"""Signs a request again for the endpoint that it is forwarded to. Needs botocore."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from streaming_construct.local.http.headers import Headers

_PAYLOAD_HASH: Final = "x-amz-content-sha256"
_SIGNED_CHUNKS: Final = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
# The signature, the headers of the connection, and what the client sets.
_REPLACED_HEADERS: Final = frozenset(
    {
        *("authorization", "x-amz-date", "x-amz-security-token", "host", "content-length"),
        *("connection", "expect", "keep-alive", "te", "transfer-encoding", "upgrade"),
    }
)
_SIGNATURE_PARAMETERS: Final = frozenset(
    {
        *("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires"),
        *("X-Amz-Security-Token", "X-Amz-Signature", "X-Amz-SignedHeaders"),
    }
)


class SigningError(Exception):
    """A request that cannot be signed. The text is a sentence for the user."""


class AwsCredentials(Protocol):
    """An access key of AWS."""

    @property
    def access_key(self) -> str:
        """The id of the key."""

    @property
    def secret_key(self) -> str:
        """The secret of the key."""

    @property
    def token(self) -> str | None:
        """The session token; None for a key without one."""


@dataclass(frozen=True)
class EndpointCredentials:
    """An access key for an endpoint of the user."""

    access_key: str
    secret_key: str
    token: str | None = None


@dataclass(frozen=True, kw_only=True)
class OutgoingRequest:
    """A request to sign; `url` is complete."""

    method: str
    url: str
    headers: Headers
    body: bytes


def sign_headers(
    request: OutgoingRequest, credentials: AwsCredentials, service: str, region: str
) -> list[tuple[str, str]]:
    """Return the headers of a request with a signature for its new endpoint.

    Raises:
        SigningError: Each chunk of the body is signed separately.
    """
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest

    class S3Auth(SigV4Auth):  # type: ignore[misc]  # botocore has no types
        def _normalize_url_path(self, path: str) -> str:
            # S3 does not normalize paths: `//` and `.` are parts of keys.
            return path

    headers = {
        name: value for name, value in request.headers if name.lower() not in _REPLACED_HEADERS
    }
    payload = next((headers[name] for name in headers if name.lower() == _PAYLOAD_HASH), "")
    if payload.startswith(_SIGNED_CHUNKS):
        raise SigningError(
            "the SDK signs each chunk of the body, and the gateway cannot sign them again. "
            "Turn chunked encoding off in the client"
        )
    if service == "s3" and not payload:
        headers[_PAYLOAD_HASH] = "UNSIGNED-PAYLOAD"
    aws_request: Any = AWSRequest(
        method=request.method, url=request.url, headers=headers, data=request.body
    )
    signer = (S3Auth if service == "s3" else SigV4Auth)(credentials, service, region)
    signer.add_auth(aws_request)
    host = urlsplit(request.url).netloc
    return [("Host", host), *aws_request.headers.items()]


def remove_signature(query: str) -> str:
    """Return a query without the parameters of a signed URL."""
    return "&".join(
        part for part in query.split("&") if part.partition("=")[0] not in _SIGNATURE_PARAMETERS
    )
