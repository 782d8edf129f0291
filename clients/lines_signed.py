"""Read a stream of a route with IAM authorization: sign the request with Signature Version 4.

python clients/lines_signed.py URL [--region REGION] [--profile NAME]

URL is complete, with path and query. The credentials are those that the AWS CLI uses. The exit
status is 1 if the API rejected the request, or the stream was truncated.
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
    """Return the headers of a GET request, signature included.

    The signature is valid for five minutes. A stream that has begun does not need it again.

    Raises:
        LookupError: There are no credentials, or no Region.
        BotoCoreError: The profile does not exist, or cannot be read.
    """
    session = botocore.session.Session(profile=profile)
    credentials = session.get_credentials()
    # https://<id>.execute-api.<region>.amazonaws.com/...
    parts = (urlsplit(url).hostname or "").split(".")
    host_region = parts[2] if parts[1:2] == ["execute-api"] else None
    region = region or host_region or session.get_config_variable("region")
    if credentials is None or region is None:
        raise LookupError("no credentials or no Region. Run `aws configure`, or pass --region.")
    request = AWSRequest(method="GET", url=url)
    SigV4Auth(credentials, "execute-api", region).add_auth(request)
    return dict(request.headers)


def main() -> int:
    """Read the command line, and print the lines; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("url")
    parser.add_argument("--region")
    parser.add_argument("--profile")
    arguments = parser.parse_args()
    try:
        headers = signed_headers(arguments.url, arguments.region, arguments.profile)
        with requests.get(arguments.url, headers=headers, stream=True, timeout=(5, 60)) as response:
            if not response.ok:  # the text names the problem with the signature
                print(f"{response.status_code}: {response.text}", file=sys.stderr)
                return 1
            for line in response.iter_lines(chunk_size=None):
                print(line.decode(), flush=True)
    except (LookupError, BotoCoreError, requests.RequestException) as error:
        print(f"incomplete: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
