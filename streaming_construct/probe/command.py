"""`streaming-construct probe`: request a URL, watch the answer arrive, name what is wrong."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from streaming_construct.probe import draw
from streaming_construct.probe.fetch import Patience
from streaming_construct.probe.live import Live
from streaming_construct.probe.measures import Measures, medians, rows
from streaming_construct.probe.moments import Known
from streaming_construct.probe.probing import Probed, probed
from streaming_construct.probe.report import check_reports, write_report
from streaming_construct.probe.request import Request, RequestError, media_type_of
from streaming_construct.probe.response import Fault
from streaming_construct.probe.sigv4 import signed
from streaming_construct.probe.summary import essence, surroundings
from streaming_construct.probe.verdict import Verdict

STREAMED, DID_NOT_STREAM, COULD_NOT_ASK, INTERRUPTED = 0, 1, 2, 130
# Longer than the longest silence that an API allows: the API ends the answer, not the probe.
_TIMEOUT_SECONDS: Final = 330.0
_POSITIVE: Final = click.FloatRange(min=0, min_open=True)


class CouldNotAskError(click.ClickException):
    """A mistake of the user's: one sentence, exit code 2."""

    exit_code = COULD_NOT_ASK


@click.command()
@click.argument("url", required=False)
@click.option("-X", "--method", help="The HTTP method; GET by default, POST with --data.")
@click.option("-H", "--header", "headers", metavar="NAME: VALUE", multiple=True, help="A header.")
@click.option("-d", "--data", metavar="TEXT", help="The body: a text, @FILE, or - for the input.")
@click.option(
    "--aws-sigv4",
    "region",
    metavar="[REGION]",
    is_flag=False,
    flag_value="",
    help="Sign with your AWS credentials; the Region is that in the host name by default.",
)
@click.option("--profile", metavar="NAME", help="The AWS profile to sign with.")
@click.option(
    "--api-key",
    metavar="KEY",
    envvar="STREAMING_CONSTRUCT_API_KEY",
    show_envvar=True,
    help="Sent as x-api-key.",
)
@click.option(
    "--token",
    metavar="TOKEN",
    envvar="STREAMING_CONSTRUCT_TOKEN",
    show_envvar=True,
    help="Sent as Authorization, after `Bearer` unless it names a scheme.",
)
@click.option("--compressed", is_flag=True, help="Ask for compression, as browsers do.")
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=_POSITIVE,
    default=_TIMEOUT_SECONDS,
    show_default=True,
    help="How long to wait for the next byte.",
)
@click.option("--duration", metavar="SECONDS", type=_POSITIVE, help="Watch so long and judge that.")
@click.option(
    "--integration-timeout",
    metavar="SECONDS",
    type=_POSITIVE,
    help="What timeoutInMillis allows, to have it named.",
)
@click.option(
    "--function-timeout",
    metavar="SECONDS",
    type=_POSITIVE,
    help="What the function's Timeout allows, to have it named.",
)
@click.option(
    "--time-scale",
    metavar="N",
    type=_POSITIVE,
    default=1.0,
    help="The --time-scale of the local gateway that is probed.",
)
@click.option(
    "--repeat",
    metavar="N",
    type=click.IntRange(min=1),
    default=1,
    help="Ask N times; the first, which may be cold, and the medians of the others.",
)
@click.option("--compare", metavar="URL", help="Ask another URL the same, and show the ratios.")
@click.option(
    "--report",
    "reports",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a report: .html, .svg or .json; may be given several times.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print the verdict and its cause alone.")
@click.option("--no-color", is_flag=True, help="No colour; NO_COLOR says the same.")
@click.pass_context
def probe(
    context: click.Context,
    /,
    url: str | None,
    region: str | None,
    compare: str | None,
    repeat: int,
    reports: tuple[Path, ...],
    **options: Any,
) -> None:
    """Request URL and watch its answer arrive, piece by piece; judge whether it streamed.

    The exit code is 0 when it streamed, 1 when it did not, and 2 when there was no answer. With
    --compare it is that of URL. Ctrl-C ends it with a verdict on what has come, and 130.
    """
    if url is None and region and "://" in region:
        url, region = region, ""  # `--aws-sigv4 URL`: an option takes what follows it
    if url is None:
        raise click.MissingParameter(ctx=context, param_type="argument", param_hint="URL")
    _take_any_character()
    try:
        check_reports(reports)
        asking = _asking(region, **options)
        answers = _ask([url, *([compare] if compare else [])], repeat, asking)
    except RequestError as error:
        raise CouldNotAskError(str(error)) from error
    shown = asking.console
    if repeat > 1 or compare:
        _show_table(answers, shown)
    try:
        for file in reports:
            write_report(file, _lanes(answers))
    except OSError as error:
        message = f"the report {error.filename} cannot be written: {error.strerror}"
        raise CouldNotAskError(message) from error
    context.exit(_exit_code(answers))


@dataclass(frozen=True)
class _Console:
    """How much is printed, and whether in colour."""

    quiet: bool
    colour: bool

    def verdict(self, found: Probed) -> None:
        """Print the verdict on one answer."""
        first, *others = essence(found)
        click.echo(draw.painted(first, good=found.streamed, colour=self.colour), color=self.colour)
        if not self.quiet:
            click.echo(draw.strip(found.timeline))
            others += surroundings(found.diagnosis)
        for line in others:
            click.echo(line)


@dataclass(frozen=True)
class _Asking:
    """The request but for its URL, and how to watch its answer."""

    method: str
    headers: dict[str, str]
    body: bytes | None
    region: str | None
    profile: str | None
    patience: Patience
    known: Known
    console: _Console

    def request(self, url: str) -> Request:
        """Make up a request, signed at this moment where it is to be signed."""
        request = Request(url, self.method, self.headers, self.body)
        if self.region is None:
            return request
        return signed(request, self.region or None, self.profile)

    def ask(self, url: str) -> Probed:
        """Ask once, and show what happens."""
        request = self.request(url)
        if self.console.quiet:
            found = probed(request, self.patience, known=self.known)
        else:
            click.echo(f"{self.method} {request.shown_url}")
            width = shutil.get_terminal_size((120, 24)).columns
            with Live(sys.stdout, width=width, waiting=sys.stdout.isatty()) as live:
                found = probed(request, self.patience, known=self.known, watcher=live)
        self.console.verdict(found)
        return found


def _asking(
    region: str | None,
    *,
    method: str | None,
    headers: tuple[str, ...],
    data: str | None,
    profile: str | None,
    api_key: str | None,
    token: str | None,
    compressed: bool,
    timeout: float,
    duration: float | None,
    integration_timeout: float | None,
    function_timeout: float | None,
    time_scale: float,
    quiet: bool,
    no_color: bool,
) -> _Asking:
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
    return _Asking(
        method=method or ("GET" if body is None else "POST"),
        headers=sent,
        body=body,
        region=region,
        profile=profile,
        patience=Patience(timeout=timeout, duration=duration, interruptible=True),
        known=Known(
            time_scale=time_scale,
            integration_timeout=integration_timeout,
            function_timeout=function_timeout,
        ),
        console=_Console(quiet, colour),
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


def _ask(urls: Sequence[str], times: int, asking: _Asking) -> dict[str, list[Probed]]:
    """Ask each URL so often, in turn; stop where somebody interrupts."""
    answers: dict[str, list[Probed]] = {url: [] for url in urls}
    for url in urls:
        asking.request(url)  # a mistake is told before anything is sent
    for _ in range(times):
        for url in urls:
            answers[url].append(asking.ask(url))
            if answers[url][-1].response.fault is Fault.INTERRUPTED:
                return answers
    return answers


def _show_table(answers: dict[str, list[Probed]], console: _Console) -> None:
    """Print the measures: first and later asked of one URL, or two URLs side by side."""
    columns = []
    for url, asked in answers.items():
        measured = [Measures.of(found.response) for found in asked]
        name = asked[0].url if asked else url
        if len(answers) > 1 and measured:
            columns.append((name, medians(measured[1:] or measured)))
        elif len(measured) > 1:
            columns += [
                ("first", measured[0]),
                (f"median of {len(measured) - 1}", medians(measured[1:])),
            ]
    if columns and not console.quiet:
        for line in ["", *draw.table(rows(columns))]:
            click.echo(line)


def _lanes(answers: dict[str, list[Probed]]) -> list[tuple[str, Probed]]:
    several = any(len(asked) > 1 for asked in answers.values())
    return [
        (f"{found.url}, request {number}" if several else found.url, found)
        for asked in answers.values()
        for number, found in enumerate(asked, 1)
    ]


def _exit_code(answers: dict[str, list[Probed]]) -> int:
    """Judge the first URL: it streamed if it did every time. The other must have answered."""
    asked = next(iter(answers.values()))
    everything = [found for each in answers.values() for found in each]
    if any(found.response.fault is Fault.INTERRUPTED for found in everything):
        return INTERRUPTED
    if any(found.verdict is Verdict.NO_ANSWER for found in everything):
        return COULD_NOT_ASK
    return STREAMED if all(found.streamed for found in asked) else DID_NOT_STREAM


def _take_any_character() -> None:
    """Let output of another encoding show `?` for what it lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
