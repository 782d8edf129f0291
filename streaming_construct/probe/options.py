"""What to ask, how long to wait for it, and how much to print: the options, put together."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from streaming_construct.probe.diagnosis.timeouts import ApiTimeouts
from streaming_construct.probe.http.fetch import Timeouts
from streaming_construct.probe.http.request import Request, RequestError, media_type_of
from streaming_construct.probe.http.sigv4 import signed
from streaming_construct.probe.output import text
from streaming_construct.probe.output.live import LiveOutput
from streaming_construct.probe.output.text import detail_lines, verdict_lines
from streaming_construct.probe.result import ProbeResult, run_probe
from streaming_construct.terminal import echo


@dataclass(frozen=True)
class Console:
    """How much is printed, and whether in colour."""

    quiet: bool
    colour: bool

    def verdict(self, found: ProbeResult) -> None:
        """Print the verdict on one answer."""
        first, *others = verdict_lines(found)
        echo(text.painted(first, good=found.streamed, colour=self.colour))
        if not self.quiet:
            echo(text.timeline_bar(found.timeline))
            others += detail_lines(found.diagnosis)
        for line in others:
            echo(line)


@dataclass(frozen=True)
class RequestOptions:
    """The request but for its URL, and how to watch its answer."""

    method: str
    headers: dict[str, str]
    body: bytes | None
    insecure: bool
    region: str | None
    profile: str | None
    timeouts: Timeouts
    expected_timeouts: ApiTimeouts
    console: Console

    def request(self, url: str) -> Request:
        """Make up a request, signed at this moment where it is to be signed."""
        request = Request(url, self.method, self.headers, self.body, self.insecure)
        if self.region is None:
            return request
        return signed(request, self.region or None, self.profile)

    def ask(self, url: str) -> ProbeResult:
        """Ask once, and show what happens."""
        request = self.request(url)
        if self.console.quiet:
            found = run_probe(request, self.timeouts, known=self.expected_timeouts)
        else:
            echo(f"{self.method} {request.shown_url}")
            width = shutil.get_terminal_size((120, 24)).columns
            with LiveOutput(sys.stdout, width=width, waiting=sys.stdout.isatty()) as live:
                found = run_probe(
                    request, self.timeouts, known=self.expected_timeouts, watcher=live
                )
        self.console.verdict(found)
        return found


def build_request_options(
    region: str | None,
    *,
    method: str | None,
    headers: tuple[str, ...],
    data: str | None,
    profile: str | None,
    api_key: str | None,
    token: str | None,
    compressed: bool,
    insecure: bool,
    timeout: float,
    duration: float | None,
    integration_timeout: float | None,
    function_timeout: float | None,
    time_scale: float,
    quiet: bool,
    no_color: bool,
) -> RequestOptions:
    """Put the options of the command line together.

    Raises:
        RequestError: They do not make a request.
    """
    body = _body(data)
    sent = _headers(headers)
    named = {name.lower() for name in sent}
    if body is not None and "content-type" not in named:
        sent["Content-Type"] = media_type_of(body)
    if token:
        sent["Authorization"] = token if " " in token.strip() else f"Bearer {token.strip()}"
    if api_key:
        sent["x-api-key"] = api_key
    if compressed:
        sent["Accept-Encoding"] = "gzip, deflate"
    if profile and region is None:
        raise RequestError("--profile is whose credentials sign: say --aws-sigv4 as well")
    colour = sys.stdout.isatty() and not no_color and not os.environ.get("NO_COLOR")
    return RequestOptions(
        method=method or ("GET" if body is None else "POST"),
        headers=sent,
        body=body,
        insecure=insecure,
        region=region,
        profile=profile,
        timeouts=Timeouts(timeout=timeout, max_duration=duration, interruptible=True),
        expected_timeouts=ApiTimeouts(
            time_scale=time_scale,
            integration_timeout=integration_timeout,
            function_timeout=function_timeout,
        ),
        console=Console(quiet, colour),
    )


def _headers(given: Sequence[str]) -> dict[str, str]:
    pairs = [each.partition(":") for each in given]
    if wrong := [name for name, colon, _ in pairs if not colon]:
        raise RequestError(f"--header takes 'Name: value', not {wrong[0]!r}")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _body(data: str | None) -> bytes | None:
    if data is None:
        return None
    if data == "-":
        return sys.stdin.buffer.read()
    if not data.startswith("@"):
        return data.encode(errors="surrogateescape")
    try:
        return Path(data[1:]).read_bytes()
    except (OSError, ValueError) as error:
        raise RequestError(f"--data {data} cannot be read: {error}") from error
