"""Read JSON Lines with `requests`: an export, row by row, in constant memory.

python clients/lines_requests.py URL [--rows N]

URL is the API's with its stage. API_KEY in the environment is sent as x-api-key. The exit status is
1 if the export is not whole.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONNECT_SECONDS, SILENCE_SECONDS = 5, 60


class BrokenStreamError(Exception):
    """The API refused, or the stream told of a failure or ended without saying that it is whole."""


def rows(url: str, count: int, headers: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    """Yield rows as they arrive.

    Raises:
        requests.RequestException: The API cannot be reached, was silent for too long, or the
            connection closed in mid-stream.
        BrokenStreamError: The API refused, or the stream failed or ended early.
    """
    with requests.get(
        f"{url.rstrip('/')}/export",
        params={"rows": count},
        headers=headers,
        stream=True,  # else everything is read before anything is given
        timeout=(CONNECT_SECONDS, SILENCE_SECONDS),  # the second is between two reads
    ) as response:
        if not response.ok:  # its text is worth more than its number
            raise BrokenStreamError(f"{response.status_code}: {response.text}")
        # The type names no charset, and requests would guess Latin-1; JSON is UTF-8. Decoding line
        # by line is safe wherever the network cuts: the line feed is no part of another character.
        for line in response.iter_lines(chunk_size=None):
            if not line:
                continue  # a sign of life
            record = json.loads(line)
            if "error" in record:
                raise BrokenStreamError(record["error"]["message"])
            if "end" in record:
                return
            yield record
    raise BrokenStreamError("the last line is missing")


def main() -> int:
    """Read the command line, print what arrives; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("url")
    parser.add_argument("--rows", type=int, default=10)
    arguments = parser.parse_args()
    key = os.environ.get("API_KEY")  # options can be read by everyone on the machine
    headers = {"x-api-key": key} if key else {}
    try:
        for row in rows(arguments.url, arguments.rows, headers):
            print(row["id"], row["city"], row["price"], flush=True)
    except (requests.RequestException, BrokenStreamError) as error:
        print(f"not whole: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
