"""The command `streaming-construct verify`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from streaming_construct.terminal import escape_lines
from streaming_construct.verify.battery.registry import CASES
from streaming_construct.verify.case import Case
from streaming_construct.verify.report import CaseResult, Outcome, VerifyReport


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
    help="Write the report as JSON.",
)
def verify(*, is_local: bool, case_ids: tuple[str, ...], report_file: Path | None) -> None:
    """Run the cases that settle the documentation's claims.

    Exits with status 1 if a case differs from the documentation.
    """
    if not is_local:
        raise click.UsageError("A target is missing. Pass --local.")
    cases = select_cases(case_ids)
    from streaming_construct.verify.local_target import SynthesisError, run_locally

    click.echo(f"{len(cases)} cases on the local gateway")
    try:
        report = run_locally(cases, print_result)
    except SynthesisError as error:
        raise click.ClickException(escape_lines(str(error))) from error
    if report_file is not None:
        report_file.write_text(report.to_json(), encoding="utf-8")
    for line in summary_lines(cases, report):
        click.echo(line)
    if any(result.outcome is not Outcome.SAME for result in report.results):
        sys.exit(1)


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
