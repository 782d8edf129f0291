"""Watch each stream of the sample arrive, and print a verdict.

The table of verdicts comes first: a row for each route, with a mark for each chunk at the time of
its arrival. The chunks follow, with their times. The last part is what to do next.

python clients/watch_streams.py             serve cdk.out on this machine, and watch it
python clients/watch_streams.py --url URL   watch an API that already runs, deployed or local

The exit status is 1 if a request failed or a stream was buffered, and 2 without an API to watch.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import signal
import subprocess
import sys
import threading
from collections import deque
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from rich.text import Text

from streaming_construct.probe import ProbeResult
from streaming_construct.probe.diagnosis.verdict import (
    Verdict,
    format_measures,
    format_verdict_line,
)
from streaming_construct.probe.http.fetch import ProgressListener, Timeouts
from streaming_construct.probe.http.request import Request, RequestError
from streaming_construct.probe.http.timeline import Arrival
from streaming_construct.probe.output.text import format_arrival_line, get_verdict_style
from streaming_construct.probe.result import run_probe
from streaming_construct.terminal import escape_text, get_terminal_columns, open_console

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

CHUNKS = 6
INTERVAL_SECONDS = 0.15
PACE = f"count={CHUNKS}&interval={INTERVAL_SECONDS}"


@dataclass(frozen=True)
class Route:
    """A route of the sample: its path with a query, and whether its response streams."""

    name: str
    path: str
    is_stream: bool = True


ROUTES = (
    Route("Python, SSE", f"stream?format=sse&pattern=progress&{PACE}"),
    Route("Python, JSON Lines", f"stream?format=jsonl&pattern=results&{PACE}"),
    Route("Python, text", f"stream?format=text&pattern=tokens&{PACE}"),
    Route("Node.js, SSE", f"node?format=sse&{PACE}"),
    Route("Node.js, JSON Lines", f"node?format=jsonl&{PACE}"),
    Route("Node.js, text", f"node?format=text&{PACE}"),
    Route("Python, no adapter", f"words?{PACE}"),
    Route("Python, buffered", f"buffered?{PACE}", is_stream=False),
)

HEADINGS = ("route", "arrivals", "first byte", "gaps: min median max", "total, s", "verdict")
# The last cell has any length.
WIDTHS = (19, CHUNKS + 2, 10, 20, 8, 0)

NEXT_STEPS = """
Next steps:
  make local                                        serve the sample; open the URL that it prints
  .venv/bin/streaming-construct init ../my-chat     create your own project
  docs/getting-started.md                           from an empty folder to a deployed API"""


@dataclass(frozen=True)
class Outcome:
    """The verdict on one route."""

    route: Route
    verdict: str
    is_good: bool
    result: ProbeResult


@dataclass
class Gateway:
    """A running local gateway: its URL with the stage, and the last lines of its output."""

    url: str = ""
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=50))


class GatewayError(Exception):
    """The local gateway did not start. The message contains its output."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Watch all routes, and return the exit status."""
    options = parse(arguments)
    # Exit by an exception, as Ctrl-C does, so that the gateway is stopped.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup ignores SIGHUP
            signal.signal(number, lambda number, _: sys.exit(128 + number))
    command = [sys.executable, "-m", "streaming_construct", "local", options.path, "--port", "0"]
    try:
        if options.url:
            return watch_all(options.url, options.timeout)
        with gateway(command, options.start_timeout) as running:
            status = watch_all(running.url, options.timeout)
            if status == 0:
                print(NEXT_STEPS)
            else:
                print("\nOutput of the gateway:", *running.lines, sep="\n  ", file=sys.stderr)
            return status
    except (GatewayError, RequestError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Watch each stream of the sample arrive, and print a verdict."
    )
    parser.add_argument(
        "path",
        nargs="?",
        default="cdk.out",
        help="Cloud assembly or template. Default: %(default)s.",
    )
    parser.add_argument("--url", help="URL of a running API, with its stage.")
    parser.add_argument(
        "--timeout",
        type=float,
        default=60,
        metavar="S",
        help="Maximum seconds between two bytes. Default: %(default)s.",
    )
    parser.add_argument(
        "--start-timeout",
        type=float,
        default=300,
        metavar="S",
        help="Maximum seconds for the gateway to start and install packages. Default: %(default)s.",
    )
    return parser.parse_args(arguments)


@contextlib.contextmanager
def gateway(command: Sequence[str], seconds: float) -> Iterator[Gateway]:
    """Run the local gateway, which prints its URL on a separate line, and stop it at the end.

    Raises:
        GatewayError: It ended, or printed no URL within `seconds`.
    """
    print(f"$ {' '.join(command)}", flush=True)
    running = Gateway()
    is_settled = threading.Event()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )

    def read_output() -> None:
        # To its end: a full pipe would block the gateway.
        for line in process.stdout or ():
            running.lines.append(escape_text(line.rstrip()))
            if not running.url and re.fullmatch(r"https?://\S+", line.strip()):
                running.url = line.strip()
                is_settled.set()
        is_settled.set()

    reader = threading.Thread(target=read_output, daemon=True)
    try:
        reader.start()
        problem = "ended" if is_settled.wait(seconds) else f"printed no URL within {seconds:g} s"
        if not running.url:
            lines = [f"The gateway {problem}. Its output:", *running.lines]
            raise GatewayError("\n  ".join(lines))
        yield running
    finally:
        stop(process)
        reader.join(timeout=5)


def stop(process: subprocess.Popen[str], timeout: float = 10) -> None:
    """Terminate a process, and kill it if it does not exit within `timeout` seconds."""
    process.terminate()
    try:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=timeout)
    finally:
        process.kill()
        process.wait()


def watch_all(url: str, timeout: float) -> int:
    """Print the table of verdicts while the streams arrive, then each chunk.

    Returns:
        The exit status.
    """
    console = open_console()
    console.print(f"Watching {url}\n")
    console.print(Text(table_row(*HEADINGS), "bold"))
    outcomes = [watch(console, url, route, timeout) for route in ROUTES]
    for outcome in outcomes:
        print_chunks(console, url, outcome)
    return 0 if all(outcome.is_good for outcome in outcomes) else 1


def watch(console: Console, url: str, route: Route, timeout: float) -> Outcome:
    """Send one request, and print its row: a dot for each arrival at its time, then the verdict."""
    dots = Dots(console, f"{table_row(route.name)}  ")
    request = Request(probed_url(url, route))
    result = run_probe(request, Timeouts(timeout=timeout), listener=dots)
    outcome = judge(route, result)
    row = table_row(route.name, dots.text, *format_measures(result.timeline), outcome.verdict)
    console.print(Text(row.removeprefix(dots.printed), get_verdict_style(outcome.is_good)))
    return outcome


class Dots(ProgressListener):
    """Prints a dot for each arrival, at once."""

    def __init__(self, console: Console, row: str) -> None:
        self._console = console
        self.printed = self.text = ""
        self._print(row)

    def on_arrival(self, arrival: Arrival) -> None:  # noqa: ARG002 - the signature of ProgressListener
        """Print a dot, as far as the column has room."""
        if len(self.text) < WIDTHS[1]:
            self.text += "."
            self._print(".")

    def _print(self, text: str) -> None:
        self.printed += text
        self._console.print(text, end="")
        self._console.file.flush()


def table_row(*cells: str) -> str:
    """Return cells in the columns of the table."""
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=False))


def print_chunks(console: Console, url: str, outcome: Outcome) -> None:
    """Print when each chunk of a response arrived, and the verdict on it."""
    result, columns = outcome.result, get_terminal_columns()
    response, timeline = result.response, result.timeline
    console.print(f"\n{outcome.route.name}")
    console.print(f"$ streaming-construct probe '{probed_url(url, outcome.route)}'")
    if timeline.head is not None:
        console.print(f"{timeline.head:9.3f} s {'':8} {'head':>6}    {response.status}")
    for arrival, gap in zip(timeline.arrivals, (None, *timeline.gaps), strict=False):
        console.print(format_arrival_line(arrival, gap, columns))
    line = format_verdict_line(outcome.verdict, timeline, result.chunks)
    console.print(Text(line, get_verdict_style(outcome.is_good)))


def probed_url(url: str, route: Route) -> str:
    """Return the URL of a route."""
    return f"{url.rstrip('/')}/{route.path}"


def judge(route: Route, result: ProbeResult) -> Outcome:
    """Judge a response: it must succeed, be complete, and stream if the route streams."""
    problem = find_problem(result)
    if problem is not None:
        verdict, is_good = f"failed: {escape_text(problem)}", False
    elif not route.is_stream and result.verdict is Verdict.BUFFERED:
        verdict, is_good = "buffered, as configured", True
    elif not route.is_stream:
        verdict, is_good = f"{result.verdict.value}, configured as buffered", False
    else:
        verdict = result.verdict.value
        is_good = result.is_streamed or result.verdict is Verdict.BURSTY
    return Outcome(route, verdict, is_good, result)


def find_problem(result: ProbeResult) -> str | None:
    """Return why a response is an error or incomplete, None if it is neither."""
    response = result.response
    if response.error is not None:
        return response.error
    if response.status != HTTPStatus.OK:
        return f"status {response.status}"
    # The last chunk, which marks the end, is not part of the requested count.
    if result.chunks != CHUNKS + 1:
        return f"{result.chunks or 0} chunks ({response.content_type}) instead of {CHUNKS + 1}"
    return None


if __name__ == "__main__":
    sys.exit(main())
