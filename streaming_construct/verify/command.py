"""The command `streaming-construct verify`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from streaming_construct.terminal import escape_lines
from streaming_construct.verify.battery.registry import CASES
from streaming_construct.verify.case import Case
from streaming_construct.verify.comparison import Agreement, compare_reports, comparison_lines
from streaming_construct.verify.page import render_page
from streaming_construct.verify.report import (
    CaseResult,
    Outcome,
    ReportError,
    VerifyReport,
    parse_report,
)
from streaming_construct.verify.scrubber import find_identifiers, scrub


@click.command()
@click.option("--local", "is_local", is_flag=True, help="Run the cases on the local gateway.")
@click.option(
    "--case", "case_ids", metavar="ID", multiple=True, help="Run only this case. Repeatable."
)
@click.option(
    "--report",
    "report_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report as JSON, without identifiers of accounts and people.",
)
@click.option(
    "--page",
    "page_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report as an HTML page.",
)
@click.option(
    "--compare",
    "compared_file",
    metavar="REPORT",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Compare the local gateway with a report of a run on AWS. Implies --local.",
)
def verify(
    *,
    is_local: bool,
    case_ids: tuple[str, ...],
    report_file: Path | None,
    page_file: Path | None,
    compared_file: Path | None,
) -> None:
    """Run the cases that settle the documentation's claims.

    Exits with status 1 if a case differs from the documentation, or with --compare from AWS.
    """
    if not is_local and compared_file is None:
        raise click.UsageError("A target is missing. Pass --local.")
    compared = read_report(compared_file) if compared_file is not None else None
    cases = select_cases(case_ids)
    from streaming_construct.verify.local_target import SynthesisError, run_locally

    click.echo(f"{len(cases)} cases on the local gateway")
    try:
        report = run_locally(cases, print_result)
    except SynthesisError as error:
        raise click.ClickException(escape_lines(str(error))) from error
    is_same = finish(cases, report, report_file, page_file)
    if compared is not None:
        if case_ids:
            compared = replace(
                compared, results=tuple(r for r in compared.results if r.id in case_ids)
            )
        is_same = print_comparison(report, compared)
    if not is_same:
        sys.exit(1)


def read_report(file: Path) -> VerifyReport:
    """Read a report of `verify`.

    Raises:
        click.ClickException: The file is not a report.
    """
    try:
        return parse_report(file.read_text(encoding="utf-8"))
    except (ReportError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file}: {escape_lines(str(error))}") from error


def finish(
    cases: Sequence[Case], report: VerifyReport, report_file: Path | None, page_file: Path | None
) -> bool:
    """Print the summary of a run and write its files. Return whether all cases are the same.

    The files have no identifiers of accounts and people. Texts that look like secrets are printed,
    so that the user can look at them before sending a file.
    """
    for line in summary_lines(cases, report):
        click.echo(line)
    scrubbed = scrub(report)
    if report_file is not None:
        text = scrubbed.to_json()
        report_file.write_text(text, encoding="utf-8")
        click.echo(f"report: {report_file}")
        for found in find_identifiers(text):
            click.echo(f"  {escape_lines(found)} looks like a secret. Check it before you send it.")
    if page_file is not None:
        page_file.write_text(render_page(scrubbed, CASES), encoding="utf-8")
        click.echo(f"page: {page_file}")
    return all(result.outcome is Outcome.SAME for result in report.results)


def print_comparison(local: VerifyReport, aws: VerifyReport) -> bool:
    """Print the differences between both. Return whether there are none."""
    compared = compare_reports(local, aws, CASES)
    for line in comparison_lines(compared):
        click.echo(escape_lines(line))
    return all(comparison.agreement is not Agreement.DIFFERENT for comparison in compared)


def select_cases(case_ids: Sequence[str]) -> tuple[Case, ...]:
    """Return the cases with these ids. Without ids, return all that are not optional.

    Raises:
        click.BadParameter: There is no such case.
    """
    known = {case.id: case for case in CASES}
    if unknown := [case_id for case_id in case_ids if case_id not in known]:
        raise click.BadParameter(
            f"There is no case {', '.join(unknown)}. The cases are in verify/battery.",
            param_hint="--case",
        )
    if case_ids:
        return tuple(known[case_id] for case_id in case_ids)
    return tuple(case for case in CASES if not case.is_optional)


def print_result(case: Case, result: CaseResult) -> None:
    """Print a case that differs or was not run, with what to check."""
    if result.outcome is Outcome.SAME:
        return
    click.echo(f"{result.outcome.value}: {case.id} ({case.page})")
    click.echo(f"  claim: {case.claim}")
    if result.reason:
        click.echo(f"  {escape_lines(result.reason)}")
    for difference in result.differences:
        observed = escape_lines(repr(difference.observed))
        click.echo(f"  {difference.fact}: expected {difference.expected!r}, observed {observed}")


def summary_lines(cases: Sequence[Case], report: VerifyReport) -> list[str]:
    """Return one line for each theme with its number of cases, and one with the totals."""
    themes: dict[str, Counter[Outcome]] = {}
    for case, result in zip(cases, report.results, strict=True):
        themes.setdefault(case.theme, Counter())[result.outcome] += 1
    total: Counter[Outcome] = sum(themes.values(), Counter())
    rows = [*themes.items(), ("total", total)]
    width = max(len(theme) for theme, _ in rows)
    return [f"{theme:{width}}  {_counts(counts)}" for theme, counts in rows]


def _counts(counts: Counter[Outcome]) -> str:
    parts = [f"{counts[Outcome.SAME]} as documented"]
    parts += [
        f"{counts[outcome]} {outcome.value}"
        for outcome in (Outcome.DIFFERENT, Outcome.NOT_RUN)
        if counts[outcome]
    ]
    return ", ".join(parts)
