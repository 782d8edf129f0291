"""`streaming-construct probe`."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console

from streaming_construct.probe.diagnosis.verdict import Verdict
from streaming_construct.probe.http.request import RequestError, add_scheme
from streaming_construct.probe.http.response import TransportErrorKind
from streaming_construct.probe.options import RequestOptions, build_request_options
from streaming_construct.probe.output.live import LiveOutput
from streaming_construct.probe.output.measures import Measures, compute_medians, format_measure_rows
from streaming_construct.probe.output.reports import validate_report_paths, write_report
from streaming_construct.probe.output.text import format_table, print_result
from streaming_construct.probe.result import ProbeResult, run_probe
from streaming_construct.terminal import escape_text, get_terminal_columns, open_console

# Longer than the longest idle timeout of an API, so that the API ends the response.
_TIMEOUT_SECONDS: Final = 330.0
_POSITIVE: Final = click.FloatRange(min=0, min_open=True)


class ExitCode(IntEnum):
    """Exit status of the command. 2 is click's status for a usage error, too."""

    STREAMED = 0
    NOT_STREAMED = 1
    NO_RESPONSE = 2
    INTERRUPTED = 130


@click.command()
@click.argument("url", required=False)
@click.option("-X", "--method", help="HTTP method. Default: GET, or POST with --data.")
@click.option(
    "-H",
    "--header",
    "headers",
    metavar="'NAME: VALUE'",
    multiple=True,
    help="Request header. Repeatable.",
)
@click.option(
    "-d",
    "--data",
    metavar="TEXT",
    help="Request body: a string, @FILE, or - for standard input.",
)
@click.option(
    "--aws-sigv4",
    "region",
    metavar="[REGION]",
    is_flag=False,
    flag_value="",
    help="Sign the request with AWS credentials (SigV4). Default Region: taken from the host name.",
)
@click.option("--profile", metavar="NAME", help="AWS profile.")
@click.option(
    "--api-key",
    metavar="KEY",
    envvar="STREAMING_CONSTRUCT_API_KEY",
    show_envvar=True,
    help="API key for the x-api-key header.",
)
@click.option(
    "--token",
    metavar="TOKEN",
    envvar="STREAMING_CONSTRUCT_TOKEN",
    show_envvar=True,
    help="Token for the Authorization header. Without a scheme, the probe adds `Bearer`.",
)
@click.option("--compressed", is_flag=True, help="Send Accept-Encoding, as browsers do.")
@click.option("--insecure", is_flag=True, help="Skip TLS certificate verification.")
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=_POSITIVE,
    default=_TIMEOUT_SECONDS,
    show_default=True,
    help="Maximum time between two bytes.",
)
@click.option(
    "--duration",
    metavar="SECONDS",
    type=_POSITIVE,
    help="Stop after SECONDS and judge the data received so far.",
)
@click.option(
    "--integration-timeout",
    metavar="SECONDS",
    type=_POSITIVE,
    help="The integration timeout, so that the probe can identify it as the cause.",
)
@click.option(
    "--function-timeout",
    metavar="SECONDS",
    type=_POSITIVE,
    help="Function timeout, so that the probe can identify it as the cause.",
)
@click.option(
    "--time-scale",
    metavar="N",
    type=_POSITIVE,
    default=1.0,
    help="The --time-scale of the local gateway under test.",
)
@click.option(
    "--repeat",
    metavar="N",
    type=click.IntRange(min=1),
    default=1,
    help="Send N requests; report the first (possibly a cold start) and the median of the rest.",
)
@click.option(
    "--compare", metavar="URL", help="Send the same request to a second URL and print ratios."
)
@click.option(
    "--report",
    "reports",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a report (.html, .svg or .json). Repeatable.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print only the verdict and its cause.")
@click.option(
    "--no-color", is_flag=True, help="Disable colored output. NO_COLOR has the same effect."
)
@click.pass_context
def probe(
    context: click.Context,
    /,
    url: str | None,
    region: str | None,
    compare: str | None,
    repeat: int,
    reports: tuple[Path, ...],
    *,
    quiet: bool,
    no_color: bool,
    **options: Any,
) -> None:
    """Measure whether the response of URL streams.

    It sends a request and times each chunk of the response. The exit status is 0 if the response
    streamed, 1 if it did not, and 2 without a response. With --compare, it is the status of URL.
    Ctrl-C prints a verdict on the data received so far and exits with 130.
    """
    if url is None and region and "://" in region:
        url, region = region, ""  # `--aws-sigv4 URL`: click takes URL as the option's value
    if url is None:
        raise click.MissingParameter(ctx=context, param_type="argument", param_hint="URL")
    urls = [add_scheme(text) for text in (url, compare) if text is not None]
    _replace_unencodable()
    console = open_console(no_color=no_color)
    try:
        validate_report_paths(reports)
        request_options = build_request_options(region=region, **options)
        results = _run_probes(urls, repeat, request_options, console, quiet=quiet)
    except RequestError as error:
        raise click.UsageError(str(error)) from error
    if not quiet and (columns := _list_columns(results)):
        console.print()
        console.print(format_table(format_measure_rows(columns)))
    try:
        for file in reports:
            write_report(file, _list_lanes(results))
    except OSError as error:
        message = f"--report {error.filename} cannot be written: {error.strerror}."
        raise click.UsageError(message) from error
    context.exit(_compute_exit_code(results))


def _run_probes(
    urls: Sequence[str],
    repeat: int,
    options: RequestOptions,
    console: Console,
    *,
    quiet: bool,
) -> list[list[ProbeResult]]:
    """Send `repeat` requests to each URL, alternately. Stop after Ctrl-C."""
    for url in urls:
        options.request(url)  # report malformed input before the first request
    results: list[list[ProbeResult]] = [[] for _ in urls]
    for _ in range(repeat):
        for url, results_of_url in zip(urls, results, strict=True):
            result = _run_probe(url, options, console, quiet=quiet)
            results_of_url.append(result)
            if result.response.error_kind is TransportErrorKind.INTERRUPTED:
                return results
    return results


def _run_probe(url: str, options: RequestOptions, console: Console, *, quiet: bool) -> ProbeResult:
    """Send one request, and print its progress and its verdict."""
    request, expected = options.request(url), options.expected_timeouts
    if quiet:
        result = run_probe(request, options.timeouts, expected_timeouts=expected)
    else:
        console.print(escape_text(f"{request.method} {request.shown_url}"))
        with LiveOutput(console, get_terminal_columns()) as live:
            result = run_probe(request, options.timeouts, expected_timeouts=expected, listener=live)
    print_result(console, result, quiet=quiet)
    return result


def _list_columns(results: list[list[ProbeResult]]) -> list[tuple[str, Measures]]:
    """Return the measures to compare: first and later requests, or those of two URLs."""
    measures = [
        [Measures.from_response(result.response) for result in of_url] for of_url in results
    ]
    if len(results) == 1:
        first, *later = measures[0]
        return (
            [("first", first), (f"median of {len(later)}", compute_medians(later))] if later else []
        )
    if not all(results):
        return []
    urls = [of_url[0].url for of_url in results]
    # The first request of several may be a cold start.
    return [(url, compute_medians(m[1:] or m)) for url, m in zip(urls, measures, strict=True)]


def _list_lanes(results: list[list[ProbeResult]]) -> list[tuple[str, ProbeResult]]:
    is_repeated = any(len(of_url) > 1 for of_url in results)
    return [
        (f"{result.url}, request {number}" if is_repeated else result.url, result)
        for of_url in results
        for number, result in enumerate(of_url, 1)
    ]


def _compute_exit_code(results: list[list[ProbeResult]]) -> ExitCode:
    """Return the exit status: all requests to the first URL must stream, the others respond."""
    flat = [result for of_url in results for result in of_url]
    if any(result.response.error_kind is TransportErrorKind.INTERRUPTED for result in flat):
        return ExitCode.INTERRUPTED
    if any(result.verdict is Verdict.NO_RESPONSE for result in flat):
        return ExitCode.NO_RESPONSE
    has_streamed = all(result.is_streamed for result in results[0])
    return ExitCode.STREAMED if has_streamed else ExitCode.NOT_STREAMED


def _replace_unencodable() -> None:
    """Print `?` for a character that the encoding of the terminal does not have."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
