"""Requests signed with AWS Signature Version 4: the only file here that imports botocore."""

from __future__ import annotations

import re
from dataclasses import replace

from streaming_construct.probe.http.request import Request, RequestError

_HOST = re.compile(
    r"(?:.+\.)?(?P<service>execute-api|lambda-url)\.(?P<region>[a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)"
)


def signed(request: Request, region: str | None = None, profile: str | None = None) -> Request:
    """Sign a request for API Gateway, or for a function URL, with the default credential chain.

    Args:
        request: What to sign, with all the headers that are to be signed.
        region: The API's Region. Default: the one in its host name, else the profile's.
        profile: The profile whose credentials are used. Default: as configured.

    Raises:
        RequestError: botocore is not installed, there are no credentials, or no Region is known.
    """
    try:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.exceptions import BotoCoreError
        from botocore.session import Session
    except ModuleNotFoundError as error:
        message = "--aws-sigv4 needs botocore: pip install 'streaming-construct[aws]'"
        raise RequestError(message) from error
    match = _HOST.fullmatch(request.host)
    service = "lambda" if match and match["service"] == "lambda-url" else "execute-api"
    try:
        session = Session(profile=profile)
        region = region or (match["region"] if match else session.get_config_variable("region"))
        credentials = session.get_credentials()
        credentials = credentials and credentials.get_frozen_credentials()
    except BotoCoreError as error:
        raise RequestError(f"no credentials to sign with: {error}") from error
    if not credentials:
        message = "no AWS credentials to sign with: set AWS_PROFILE, or name one with --profile"
        raise RequestError(message)
    if not region:
        raise RequestError("no Region to sign for: give one, as in --aws-sigv4 eu-west-1")
    scheme, _, rest = request.url.partition("://")
    authority = rest.partition("/")[0].partition("?")[0]
    # What is signed is what is sent: the target as it is encoded on the wire.
    url = f"{scheme}://{authority.rpartition('@')[2]}{request.target}"
    copy = AWSRequest(request.method, url, headers=dict(request.headers), data=request.body or b"")
    SigV4Auth(credentials, service, region).add_auth(copy)
    return replace(request, headers=dict(copy.headers.items()))
