"""Read a stream of an API that asks for IAM: a request signed by AWS Signature Version 4.

python clients/lines_signed.py URL [--region REGION] [--profile NAME]

URL is the whole one, path and query included. Credentials are found as the AWS CLI finds them. The
exit status is 1 if the API refused, or the stream was cut.
"""

from __future__ import annotations

import argparse
import sys
from urllib.parse import urlsplit

import botocore.session
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError


def signed_headers(url: str, region: str | None, profile: str | None) -> dict[str, str]:
    """Return the headers that make a GET request one of the caller's own.

    They are good for five minutes; a stream that has begun is not asked again.

    Raises:
        LookupError: There are no credentials, or no Region.
        BotoCoreError: There is no such profile, or it cannot be read.
    """
    session = botocore.session.Session(profile=profile)
    credentials = session.get_credentials()
    # https://<id>.execute-api.<region>.amazonaws.com/...
    parts = (urlsplit(url).hostname or "").split(".")
    of_host = parts[2] if parts[1:2] == ["execute-api"] else None
    where = region or of_host or session.get_config_variable("region")
    if credentials is None or where is None:
        raise LookupError("no credentials or no Region: `aws configure`, or say --region")
    request = AWSRequest(method="GET", url=url)
    SigV4Auth(credentials, "execute-api", where).add_auth(request)
    return dict(request.headers)


def main() -> int:
    """Read the command line, print what arrives; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("url")
    parser.add_argument("--region")
    parser.add_argument("--profile")
    arguments = parser.parse_args()
    try:
        headers = signed_headers(arguments.url, arguments.region, arguments.profile)
        with requests.get(arguments.url, headers=headers, stream=True, timeout=(5, 60)) as response:
            if not response.ok:  # its text says what is wrong with the signature
                print(f"{response.status_code}: {response.text}", file=sys.stderr)
                return 1
            for line in response.iter_lines(chunk_size=None):
                print(line.decode(), flush=True)
    except (LookupError, BotoCoreError, requests.RequestException) as error:
        print(f"not whole: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
