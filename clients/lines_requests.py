"""Read JSON Lines with `requests`: an export, row by row, in constant memory.

python clients/lines_requests.py URL [--rows N]

URL is that of the API, with its stage. The client sends the variable API_KEY as x-api-key. The exit
status is 1 if the export is incomplete.
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
    """The API rejected the request, or the stream reported a failure or lacks its end marker."""


def rows(url: str, count: int, headers: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    """Yield rows as they arrive.

    Raises:
        requests.RequestException: The API cannot be reached, was silent for too long, or the
            connection closed in mid-stream.
        BrokenStreamError: The API rejected the request, or the stream failed or ended early.
    """
    with requests.get(
        f"{url.rstrip('/')}/export",
        params={"rows": count},
        headers=headers,
        stream=True,  # without it, requests reads the complete body first
        timeout=(CONNECT_SECONDS, SILENCE_SECONDS),  # the second one is between two reads
    ) as response:
        if not response.ok:  # the text of the error has more details than its status
            raise BrokenStreamError(f"{response.status_code}: {response.text}")
        # The content type has no charset, and requests would guess Latin-1; JSON is UTF-8. A line
        # can be decoded alone, because a line feed is never part of another character.
        for line in response.iter_lines(chunk_size=None):
            if not line:
                continue  # a heartbeat
            record = json.loads(line)
            if "error" in record:
                raise BrokenStreamError(record["error"]["message"])
            if "end" in record:
                return
            yield record
    raise BrokenStreamError("the last line is missing")


def main() -> int:
    """Read the command line, and print the rows; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("url")
    parser.add_argument("--rows", type=int, default=10)
    arguments = parser.parse_args()
    key = os.environ.get("API_KEY")  # other users of the machine can read options
    headers = {"x-api-key": key} if key else {}
    try:
        for row in rows(arguments.url, arguments.rows, headers):
            print(row["id"], row["city"], row["price"], flush=True)
    except (requests.RequestException, BrokenStreamError) as error:
        print(f"incomplete: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
