"""`streaming-construct probe`: request a URL, watch the answer arrive, name what is wrong."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from streaming_construct.probe.diagnosis.verdict import Verdict
from streaming_construct.probe.http.request import RequestError
from streaming_construct.probe.http.response import TransportErrorKind
from streaming_construct.probe.options import RequestOptions, build_request_options
from streaming_construct.probe.output import text
from streaming_construct.probe.output.measures import Measures, medians, rows
from streaming_construct.probe.output.reports import validate_report_paths, write_report
from streaming_construct.probe.result import ProbeResult
from streaming_construct.terminal import echo

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
@click.option("--insecure", is_flag=True, help="Take any TLS certificate.")
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
    _replace_unencodable()
    try:
        validate_report_paths(reports)
        asked = build_request_options(region, **options)
        answers = _ask([url, *([compare] if compare else [])], repeat, asked)
    except RequestError as error:
        raise CouldNotAskError(str(error)) from error
    if not asked.console.quiet and (columns := _columns(answers)):
        for line in ["", *text.table(rows(columns))]:
            echo(line)
    try:
        for file in reports:
            write_report(file, _lanes(answers))
    except OSError as error:
        message = f"the report {error.filename} cannot be written: {error.strerror}"
        raise CouldNotAskError(message) from error
    context.exit(_exit_code(answers))


def _ask(urls: Sequence[str], times: int, asked: RequestOptions) -> list[list[ProbeResult]]:
    """Ask each URL so often, in turn; stop where somebody interrupts."""
    for url in urls:
        asked.request(url)  # a mistake is told before anything is sent
    answers: list[list[ProbeResult]] = [[] for _ in urls]
    for _ in range(times):
        for url, found in zip(urls, answers, strict=True):
            found.append(asked.ask(url))
            if found[-1].response.fault is TransportErrorKind.INTERRUPTED:
                return answers
    return answers


def _columns(answers: list[list[ProbeResult]]) -> list[tuple[str, Measures]]:
    """Give the measures of the first answer and of the later ones, or of two URLs' later ones."""
    measured = [[Measures.of(found.response) for found in asked] for asked in answers]
    if len(answers) == 1:
        first, *later = measured[0]
        return [("first", first), (f"median of {len(later)}", medians(later))] if later else []
    if not all(answers):
        return []
    names = [asked[0].url for asked in answers]
    return [(n, medians(all_[1:] or all_)) for n, all_ in zip(names, measured, strict=True)]


def _lanes(answers: list[list[ProbeResult]]) -> list[tuple[str, ProbeResult]]:
    several = any(len(asked) > 1 for asked in answers)
    return [
        (f"{found.url}, request {number}" if several else found.url, found)
        for asked in answers
        for number, found in enumerate(asked, 1)
    ]


def _exit_code(answers: list[list[ProbeResult]]) -> int:
    """Judge the first URL: it streamed if it did every time. The other must have answered."""
    everything = [found for asked in answers for found in asked]
    if any(found.response.fault is TransportErrorKind.INTERRUPTED for found in everything):
        return INTERRUPTED
    if any(found.verdict is Verdict.NO_ANSWER for found in everything):
        return COULD_NOT_ASK
    return STREAMED if all(found.streamed for found in answers[0]) else DID_NOT_STREAM


def _replace_unencodable() -> None:
    """Let output of another encoding show `?` for what it lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
