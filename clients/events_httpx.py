"""Follow Server-Sent Events with `httpx` and `httpx-sse`, and take them up again where they end.

python clients/events_httpx.py URL [--count N] [--interval S] [--per-connection N] [--silence S]

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

SILENCE_SECONDS = 30  # twice the server's heartbeat
MOST_FAILURES = 5
DONE = "[DONE]"


class BrokenStreamError(Exception):
    """The stream told of a failure of its own, or did not come back."""


class RefusedError(Exception):
    """The API answered with an error that another moment may mend."""


def events(
    url: str, parameters: Mapping[str, str], silence: float = SILENCE_SECONDS
) -> Iterator[ServerSentEvent]:
    """Yield each event once, over as many connections as it takes.

    Raises:
        BrokenStreamError: The API refused with a status that will not change (4xx), the stream told
            of a failure, or it broke off again and again without an event.
    """
    last_id, pause, failures = "", 1.0, 0
    with httpx.Client(timeout=httpx.Timeout(silence, connect=5)) as client:
        while failures < MOST_FAILURES:
            headers = {"Last-Event-ID": last_id} if last_id else {}
            try:
                with connect_sse(client, "GET", url, params=parameters, headers=headers) as source:
                    if source.response.status_code == HTTPStatus.NO_CONTENT:
                        return  # nothing is left
                    check(source.response)
                    for event in source.iter_sse():
                        last_id = event.id or last_id
                        pause = pause if event.retry is None else event.retry / 1000
                        if not event.data:
                            continue  # of a comment, too, httpx-sse makes an event
                        failures = 0
                        if event.data == DONE:
                            return
                        if event.event == "failure":
                            raise BrokenStreamError(event.data)
                        yield event
            except (httpx.TransportError, SSEError, RefusedError) as error:
                print(f"broke off: {error}", file=sys.stderr)
            failures += 1
            time.sleep(pause * failures)
    raise BrokenStreamError(f"no event in {MOST_FAILURES} connections")


def check(response: httpx.Response) -> None:
    """Tell an error in the API's own words.

    Raises:
        RefusedError: It may be worth another try.
        BrokenStreamError: It is not.
    """
    if response.is_success:
        return
    told = f"{response.status_code}: {response.read().decode(errors='replace')}"
    if response.is_server_error or response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        raise RefusedError(told)
    raise BrokenStreamError(told)


def main() -> int:
    """Read the command line, print what arrives; return the exit status."""
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
        print(f"not whole: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
