"""Follow Server-Sent Events with `httpx` and `httpx-sse`, and resume after each disconnection.

python clients/events_httpx.py URL [--count N] [--interval S] [--per-connection N] [--silence S]

URL is that of the API, with its stage. A stream of API Gateway lasts at most 15 minutes. The client
then reconnects with the id of the last event. The exit status is 1 if the events are incomplete.
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

SILENCE_SECONDS = 30  # twice the server's heartbeat
MAX_FAILURES = 5
DONE = "[DONE]"


class BrokenStreamError(Exception):
    """The stream reported a failure, or could not be resumed."""


class RetryableError(Exception):
    """The API returned an error that may be temporary."""


def events(
    url: str, parameters: Mapping[str, str], silence: float = SILENCE_SECONDS
) -> Iterator[ServerSentEvent]:
    """Yield each event once, over as many connections as necessary.

    Raises:
        BrokenStreamError: The API returned a permanent error (4xx), the stream reported a failure,
            or several connections in a row had no event.
    """
    last_id, pause, failures = "", 1.0, 0
    with httpx.Client(timeout=httpx.Timeout(silence, connect=5)) as client:
        while failures < MAX_FAILURES:
            headers = {"Last-Event-ID": last_id} if last_id else {}
            try:
                with connect_sse(client, "GET", url, params=parameters, headers=headers) as source:
                    if source.response.status_code == HTTPStatus.NO_CONTENT:
                        return  # there are no more events
                    check(source.response)
                    for event in source.iter_sse():
                        last_id = event.id or last_id
                        pause = pause if event.retry is None else event.retry / 1000
                        if not event.data:
                            continue  # httpx-sse makes an event of a comment, too
                        failures = 0
                        if event.data == DONE:
                            return
                        if event.event == "failure":
                            raise BrokenStreamError(event.data)
                        yield event
            except (httpx.TransportError, SSEError, RetryableError) as error:
                print(f"disconnected: {error}", file=sys.stderr)
            failures += 1
            time.sleep(pause * failures)
    raise BrokenStreamError(f"no event in {MAX_FAILURES} connections")


def check(response: httpx.Response) -> None:
    """Raise an error with the text of the response if its status is not a success.

    Raises:
        RetryableError: The status is 429 or 5xx.
        BrokenStreamError: The status is another error.
    """
    if response.is_success:
        return
    message = f"{response.status_code}: {response.read().decode(errors='replace')}"
    if response.is_server_error or response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        raise RetryableError(message)
    raise BrokenStreamError(message)


def main() -> int:
    """Read the command line, and print the events; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("url")
    parser.add_argument("--count", default="10")
    parser.add_argument("--interval", default="1")
    parser.add_argument("--per-connection", default="1000")
    parser.add_argument("--silence", type=float, default=SILENCE_SECONDS, metavar="SECONDS")
    arguments = parser.parse_args()
    parameters = {
        "count": arguments.count,
        "interval": arguments.interval,
        "per_connection": arguments.per_connection,
    }
    try:
        url = f"{arguments.url.rstrip('/')}/events"
        for event in events(url, parameters, arguments.silence):
            print(event.id, " ".join(event.data.split()), flush=True)
    except BrokenStreamError as error:
        print(f"incomplete: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
