"""Signing requests with AWS Signature Version 4. The only module of probe that imports botocore."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from streaming_construct.probe.http.request import Request, RequestError

_HOST: Final = re.compile(
    r"(?:.+\.)?(?P<service>execute-api|lambda-url)\.(?P<region>[a-z0-9-]+)"
    r"\.(?:amazonaws\.com(?:\.cn)?|on\.aws)"
)


def sign(request: Request, region: str | None = None, profile: str | None = None) -> Request:
    """Sign a request for API Gateway or a function URL with the default credential chain.

    Args:
        request: The request, with all headers to sign.
        region: AWS Region of the API. Default: from the host name, else from the configuration.
        profile: AWS profile. Default: from the configuration.

    Raises:
        RequestError: botocore is not installed, or credentials or Region are missing.
    """
    try:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.exceptions import BotoCoreError
        from botocore.session import Session
    except ModuleNotFoundError as error:
        message = "--aws-sigv4 requires botocore. Run pip install 'streaming-construct[aws]'."
        raise RequestError(message) from error
    match = _HOST.fullmatch(request.host)
    service = "lambda" if match and match["service"] == "lambda-url" else "execute-api"
    try:
        session = Session(profile=profile)
        region = region or (match["region"] if match else session.get_config_variable("region"))
        credentials = session.get_credentials()
        credentials = credentials and credentials.get_frozen_credentials()
    except BotoCoreError as error:
        raise RequestError(f"AWS credentials cannot be loaded: {error}.") from error
    if not credentials:
        message = "AWS credentials are missing. Set AWS_PROFILE, or pass --profile NAME."
        raise RequestError(message)
    if not region:
        raise RequestError("AWS Region is missing. Pass it, as in --aws-sigv4 eu-west-1.")
    scheme, _, rest = request.url.partition("://")
    authority = rest.partition("/")[0].partition("?")[0]
    # The signature covers the target as encoded in the request line.
    url = f"{scheme}://{authority.rpartition('@')[2]}{request.target}"
    copy = AWSRequest(request.method, url, headers=dict(request.headers), data=request.body or b"")
    SigV4Auth(credentials, service, region).add_auth(copy)
    return replace(request, headers=dict(copy.headers.items()))
