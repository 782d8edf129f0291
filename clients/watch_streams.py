"""Watch every stream of the sample arrive, chunk by chunk, and judge each.

python clients/watch_streams.py             serve cdk.out on this machine, and watch that
python clients/watch_streams.py --url URL   watch an API that already runs, a deployed one too

The exit status is 1 if anything failed, or should stream and arrived in one piece, and 2 if there
was no API to watch.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections import deque
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from streaming_construct.probe import ProbeResult
from streaming_construct.probe.diagnosis import verdict
from streaming_construct.probe.diagnosis.verdict import Verdict
from streaming_construct.probe.http.fetch import Timeouts
from streaming_construct.probe.http.request import Request, RequestError
from streaming_construct.probe.output import text
from streaming_construct.probe.output.live import LiveOutput
from streaming_construct.probe.result import run_probe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CHUNKS = 8
PACE = f"count={CHUNKS}&interval=0.2"


@dataclass(frozen=True)
class Route:
    """What to request, relative to the URL of the API, and whether it should stream."""

    name: str
    path: str
    streams: bool = True


ROUTES = (
    Route("Python, SSE", f"stream?format=sse&pattern=progress&{PACE}"),
    Route("Python, JSON Lines", f"stream?format=jsonl&pattern=results&{PACE}"),
    Route("Python, text", f"stream?format=text&pattern=tokens&{PACE}"),
    Route("Node.js, SSE", f"node?format=sse&{PACE}"),
    Route("Node.js, JSON Lines", f"node?format=jsonl&{PACE}"),
    Route("Node.js, text", f"node?format=text&{PACE}"),
    Route("Python, no adapter", f"words?{PACE}"),
    Route("buffered", "health", streams=False),
)


@dataclass(frozen=True)
class Outcome:
    """The judgement on one route, and what it rests on."""

    route: Route
    word: str
    good: bool
    found: ProbeResult


@dataclass
class Gateway:
    """A local gateway that runs: its URL with the stage, and the last lines that it printed."""

    url: str = ""
    words: deque[str] = field(default_factory=lambda: deque(maxlen=50))


class GatewayError(Exception):
    """The local gateway did not start; says why in the gateway's own words."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Watch all routes; return the exit status."""
    options = parse(arguments)
    # Asked to stop, leave through the same door as on Ctrl-C, where the gateway is stopped.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup wants a SIGHUP ignored
            signal.signal(number, lambda number, _: sys.exit(128 + number))
    command = [sys.executable, "-m", "streaming_construct", "local", options.path, "--port", "0"]
    try:
        if options.url:
            return watch_all(options.url, options.timeout)
        with gateway(command, options.start_timeout) as running:
            status = watch_all(running.url, options.timeout)
            if status:
                print("\nthe gateway said:", *running.words, sep="\n  ", file=sys.stderr)
            return status
    except (GatewayError, RequestError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Watch every stream of the sample arrive.")
    parser.add_argument(
        "path", nargs="?", default="cdk.out", help="cloud assembly or template (%(default)s)"
    )
    parser.add_argument("--url", help="watch this API, stage included, and start none")
    parser.add_argument(
        "--timeout",
        type=float,
        default=60,
        metavar="S",
        help="seconds to wait for a byte (%(default)s)",
    )
    parser.add_argument(
        "--start-timeout",
        type=float,
        default=300,
        metavar="S",
        help="seconds for the gateway to start, which may have packages to install (%(default)s)",
    )
    return parser.parse_args(arguments)


@contextlib.contextmanager
def gateway(command: Sequence[str], seconds: float) -> Iterator[Gateway]:
    """Run the local gateway, which prints its URL on a line of its own; stop it at the end.

    Raises:
        GatewayError: It ended, or printed no URL within `seconds`.
    """
    print(f"$ {' '.join(command)}", flush=True)
    running = Gateway()
    settled = threading.Event()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )

    def listen() -> None:
        # To the very end, URL or not: a pipe that nobody empties would bring the gateway to a halt.
        for line in process.stdout or ():
            running.words.append(line.rstrip())
            if not running.url and re.fullmatch(r"https?://\S+", line.strip()):
                running.url = line.strip()
                settled.set()
        settled.set()

    listener = threading.Thread(target=listen, daemon=True)
    try:
        listener.start()
        how = "ended" if settled.wait(seconds) else f"printed no URL within {seconds:g} s"
        if not running.url:
            raise GatewayError("\n  ".join([f"the gateway {how}; its words:", *running.words]))
        yield running
    finally:
        stop(process)
        listener.join(timeout=5)


def stop(process: subprocess.Popen[str], patience: float = 10) -> None:
    """Ask a process to stop; end it when it has not after `patience` seconds."""
    process.terminate()
    try:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=patience)
    finally:
        process.kill()
        process.wait()


def watch_all(url: str, timeout: float) -> int:
    """Watch each route in turn, sum up, and return the exit status."""
    print(f"{url} watched", flush=True)
    colour = sys.stdout.isatty()
    width = shutil.get_terminal_size((120, 24)).columns
    outcomes = []
    for route in ROUTES:
        address = f"{url.rstrip('/')}/{route.path}"
        print(f"\n{route.name}\n$ streaming-construct probe '{address}'", flush=True)
        with LiveOutput(sys.stdout, width=width) as live:
            found = run_probe(Request(address), Timeouts(timeout=timeout), watcher=live)
        outcome = judged(route, found)
        line = verdict.verdict_line(outcome.word, found.timeline, found.chunks)
        print(text.painted(line, good=outcome.good, colour=colour), flush=True)
        outcomes.append(outcome)

    head = ("route", "verdict", "first byte", "gaps: min median max", "total, seconds")
    rows = [(o.route.name, o.word, *verdict.measures(o.found.timeline)) for o in outcomes]
    first, *lines = text.table([head, *rows])
    print(f"\n{first}")
    for outcome, line in zip(outcomes, lines, strict=True):
        print(text.painted(line, good=outcome.good, colour=colour))
    return 0 if all(outcome.good for outcome in outcomes) else 1


def judged(route: Route, found: ProbeResult) -> Outcome:
    """Judge an answer: did it succeed, is it whole, did it arrive as it should."""
    problem = found.response.error
    if problem is None and found.response.status != HTTPStatus.OK:
        problem = f"status {found.response.status}"
    # One more than asked for: the last chunk tells that it is the last.
    if problem is None and route.streams and found.chunks != CHUNKS + 1:
        kind = found.response.content_type
        problem = f"{found.chunks or 0} chunks ({kind}) instead of {CHUNKS + 1}"
    if problem is not None:
        word, good = f"failed: {problem}", False
    elif not route.streams:
        word, good = "buffered, as meant", True
    else:
        word, good = found.verdict.value, found.streamed or found.verdict is Verdict.BURSTY
    return Outcome(route, word, good, found)


if __name__ == "__main__":
    sys.exit(main())
