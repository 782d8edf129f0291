"""Signs the requests of cases with AWS Signature Version 4."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from streaming_construct.verify.target import CredentialError

_SERVICE: Final = "execute-api"


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """An AWS access key. `session_token` belongs to temporary ones."""

    access_key: str
    secret_key: str
    session_token: str | None = None


def create_signature_headers(
    key: SigningKey, region: str, method: str, url: str, body: bytes | None
) -> Mapping[str, str]:
    """Return the headers that sign a request to API Gateway.

    Raises:
        CredentialError: botocore is not installed.
    """
    try:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials
    except ModuleNotFoundError as error:
        raise CredentialError("A signature requires botocore. Install it with pip.") from error
    request = AWSRequest(method, url, data=body or b"")
    credentials = Credentials(key.access_key, key.secret_key, key.session_token)
    SigV4Auth(credentials, _SERVICE, region).add_auth(request)
    return dict(request.headers.items())
