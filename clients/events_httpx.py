"""Follow Server-Sent Events with `httpx` and `httpx-sse`, and take them up again where they end.

python clients/events_httpx.py URL [--count N] [--interval SECONDS] [--per-connection N]

URL is the API's with its stage. An API Gateway stream lasts 15 minutes at most: whoever follows for
longer comes back with the id of the last event. The exit status is 1 if that fails for good.
"""

from __future__ import annotations

import argparse
import sys
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx
from httpx_sse import ServerSentEvent, SSEError, connect_sse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# The server's heartbeat comes every 15 s: silence for twice that long is no silence of its own.
TIMEOUT = httpx.Timeout(30, connect=5)
MOST_FAILURES = 5
DONE = "[DONE]"


class BrokenStreamError(Exception):
    """The stream told of a failure of its own, or did not come back."""


def events(url: str, parameters: Mapping[str, str]) -> Iterator[ServerSentEvent]:
    """Yield each event once, over as many connections as it takes.

    Raises:
        httpx.HTTPStatusError: The API refused with a status that will not change (4xx).
        BrokenStreamError: The stream failed, or broke off again and again without an event.
    """
    last_id, pause, failures = "", 1.0, 0
    with httpx.Client(timeout=TIMEOUT) as client:
        while failures < MOST_FAILURES:
            headers = {"Last-Event-ID": last_id} if last_id else {}
            try:
                with connect_sse(client, "GET", url, params=parameters, headers=headers) as source:
                    if source.response.status_code == HTTPStatus.NO_CONTENT:
                        return  # nothing is left
                    source.response.raise_for_status()
                    for event in source.iter_sse():
                        failures = 0
                        last_id = event.id or last_id
                        pause = event.retry / 1000 if event.retry else pause
                        if event.data == DONE:
                            return
                        if event.event == "failure":
                            raise BrokenStreamError(event.data)
                        yield event
            except httpx.HTTPStatusError as error:
                if error.response.is_client_error and error.response.status_code != 429:
                    raise
            except (httpx.TransportError, SSEError) as error:
                print(f"broke off: {error}", file=sys.stderr)
            failures += 1
            time.sleep(pause * failures)
    raise BrokenStreamError(f"no event in {MOST_FAILURES} connections")


def main() -> int:
    """Read the command line, print what arrives; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("url")
    parser.add_argument("--count", default="10")
    parser.add_argument("--interval", default="1")
    parser.add_argument("--per-connection", default="1000")
    arguments = parser.parse_args()
    parameters = {
        "count": arguments.count,
        "interval": arguments.interval,
        "per_connection": arguments.per_connection,
    }
    try:
        for event in events(f"{arguments.url.rstrip('/')}/events", parameters):
            print(event.id, " ".join(event.data.split()), flush=True)
    except (httpx.HTTPError, BrokenStreamError) as error:
        print(f"not whole: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
