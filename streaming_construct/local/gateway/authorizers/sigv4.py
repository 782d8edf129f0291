"""AWS Signature Version 4, checked: is a request signed with the credentials of this machine?

https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from calendar import timegm
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from streaming_construct.local.gateway.request import GatewayRequest

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_HEADER: Final = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<credential>[^,\s]+),\s*"
    r"SignedHeaders=(?P<signed>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]+)"
)
_SKEW_SECONDS: Final = 300
_WEEK: Final = 7 * 24 * 3600  # the longest lifetime of a signed URL
_LIFETIME: Final = re.compile(r"[0-9]{1,10}")
_SCOPE_SEPARATORS: Final = 3


class SignatureError(ValueError):
    """A signature is invalid; the message is that of API Gateway's response."""


@dataclass(frozen=True)
class Credentials:
    """An access key that signs requests to this gateway, and to nothing else."""

    access_key: str
    secret_key: str

    @staticmethod
    def from_name(name: str) -> Credentials:
        """Make up credentials, the same ones every time for a name."""
        digest = hashlib.sha256(f"local credentials of {name}".encode()).hexdigest()
        return Credentials(f"AKIDLOCAL{digest[:11].upper()}", digest[:40])


@dataclass(frozen=True)
class _Claim:
    credential: str
    signed: str
    signature: str
    date: str
    lifetime: float
    url_query: str


def check_signature(
    request: GatewayRequest,
    body: bytes,
    credentials: Credentials,
    expected_region: str,
    *,
    clock: Callable[[], float] = time.time,
) -> None:
    """Check the signature of a request, in its headers or its query.

    Raises:
        SignatureError: It is missing, or wrong.
        ImportError: botocore, which computes the expected signature, is not installed.
    """
    claim = _read_claim(request)
    key, _, scope = claim.credential.partition("/")
    if key != credentials.access_key:
        raise SignatureError("The security token included in the request is invalid.")
    _check_scope(scope, claim, expected_region)
    _check_time(claim, clock())
    _check_signed_headers(request, claim)
    _check_body(request, body)
    expected = _compute_signature(request, body, claim, credentials, expected_region)
    if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
        raise SignatureError(
            "The request signature we calculated does not match the signature you provided."
            " Check your AWS Secret Access Key and signing method."
            " Consult the service documentation for details."
        )


def _read_claim(request: GatewayRequest) -> _Claim:
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    header = request.get_header("authorization")
    if query.get("X-Amz-Algorithm") == _ALGORITHM:
        return _read_claim_in_query(request.query, query)
    if not header:
        raise SignatureError("Missing Authentication Token")
    parsed = _HEADER.fullmatch(header.strip())
    date = request.get_header("x-amz-date")
    if not parsed or not date:
        raise SignatureError(
            "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters"
            " and existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    return _Claim(
        parsed["credential"],
        parsed["signed"],
        parsed["signature"],
        date,
        _SKEW_SECONDS,
        request.query,
    )


def _read_claim_in_query(raw: str, query: Mapping[str, str]) -> _Claim:
    names = ("X-Amz-Credential", "X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Date")
    if missing := [name for name in names if not query.get(name)]:
        raise SignatureError(f"The request lacks {', '.join(missing)}.")
    credential, signed, signature, date = (query[name] for name in names)
    lifetime = query.get("X-Amz-Expires")
    if lifetime is not None and not (_LIFETIME.fullmatch(lifetime) and 0 < int(lifetime) <= _WEEK):
        raise SignatureError("X-Amz-Expires must be between 1 and 604800 seconds.")
    seconds = _SKEW_SECONDS if lifetime is None else int(lifetime)
    unsigned = (part for part in raw.split("&") if not part.startswith("X-Amz-Signature="))
    return _Claim(credential, signed, signature, date, seconds, "&".join(unsigned))


def _check_time(claim: _Claim, now: float) -> None:
    try:
        signed_at = timegm(time.strptime(claim.date, "%Y%m%dT%H%M%SZ"))
    except ValueError as error:
        raise SignatureError(
            f"Date must be in ISO-8601 'basic format', not {claim.date}"
        ) from error
    if signed_at - now > _SKEW_SECONDS:
        latest = _format_timestamp(now + _SKEW_SECONDS)
        raise SignatureError(
            f"Signature not yet current: {claim.date} is still later than {latest}"
            f" ({_format_timestamp(now)} + 5 min.)"
        )
    if now - signed_at > claim.lifetime:
        earliest = _format_timestamp(now - claim.lifetime)
        raise SignatureError(
            f"Signature expired: {claim.date} is now earlier than {earliest}"
            f" ({_format_timestamp(now)} - {claim.lifetime / 60:g} min.)"
        )


def _format_timestamp(seconds: float) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))


def _check_scope(scope: str, claim: _Claim, expected_region: str) -> None:
    """Check date, Region, service and terminator, in the words of AWS."""
    date, region, service, terminator = [*scope.split("/"), "", "", "", ""][:4]
    if terminator != "aws4_request" or scope.count("/") != _SCOPE_SEPARATORS:
        raise SignatureError(
            f"Credential should be scoped with a valid terminator: 'aws4_request',"
            f" not '{terminator}'."
        )
    if region != expected_region:
        raise SignatureError(f"Credential should be scoped to a valid region, not '{region}'. ")
    if service != "execute-api":
        raise SignatureError("Credential should be scoped to correct service: 'execute-api'.")
    if date != claim.date[:8]:
        raise SignatureError(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from"
            f" HTTP: '{date}' != '{claim.date[:8]}', from '{claim.date}'."
        )


def _check_signed_headers(request: GatewayRequest, claim: _Claim) -> None:
    """Check that `host` and all `x-amz-` headers are signed.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    signed = claim.signed.lower().split(";")
    if "host" not in signed:
        raise SignatureError("'Host' must be a 'SignedHeader' in the AWS Authorization.")
    names = {name.lower() for name, _ in request.headers}
    unsigned = sorted(name for name in names - set(signed) if name.startswith("x-amz-"))
    if unsigned:
        raise SignatureError(
            "There were headers present in the request which were not signed: "
            + ", ".join(unsigned)
        )


def _check_body(request: GatewayRequest, body: bytes) -> None:
    digest = request.get_header("x-amz-content-sha256")
    if digest and digest not in ("UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()):
        raise SignatureError("The value of x-amz-content-sha256 is not the hash of the body.")


def _compute_signature(
    request: GatewayRequest, body: bytes, claim: _Claim, credentials: Credentials, region: str
) -> str:
    """Compute what the signature should be, over the headers that the client signed."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials as BotocoreCredentials

    signed = claim.signed.split(";")
    # The signature covers the Host header; a client may have sent one that is no host of a URL.
    separator = "" if request.full_path.startswith("/") else "/"
    url = f"http://localhost{separator}{request.full_path}"
    query = f"?{claim.url_query}" if claim.url_query else ""
    copy = AWSRequest(method=request.method, url=url + query, data=body)
    for name, value in request.headers:
        if name.lower() in signed:
            copy.headers.add_header(name, value)
    copy.context["timestamp"] = claim.date
    auth = SigV4Auth(
        BotocoreCredentials(credentials.access_key, credentials.secret_key), "execute-api", region
    )
    to_sign = auth.string_to_sign(copy, auth.canonical_request(copy))
    return str(auth.signature(to_sign, copy))
