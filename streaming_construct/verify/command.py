"""The command `streaming-construct verify`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from streaming_construct.command_output import CommandOutput
from streaming_construct.terminal import escape_lines
from streaming_construct.verify.battery.registry import CASES
from streaming_construct.verify.case import Case
from streaming_construct.verify.comparison import (
    Agreement,
    compare_reports,
    format_comparison_lines,
)
from streaming_construct.verify.page import render_page
from streaming_construct.verify.report import (
    CaseResult,
    Outcome,
    VerifyReport,
)
from streaming_construct.verify.report_parser import ReportError, parse_report
from streaming_construct.verify.runner import count_results
from streaming_construct.verify.scrubber import find_identifiers, scrub
from streaming_construct.verify.target import TargetKind

if TYPE_CHECKING:
    from streaming_construct.verify.deployment.deploy_command import DeployOptions

_DEFAULT_REPORT: Final = Path("verify-report.json")


@click.command()
@click.option("--local", "is_local", is_flag=True, help="Run the cases on the local gateway.")
@click.option("--deploy", is_flag=True, help="Run the cases on a stack deployed to AWS for them.")
@click.option("--destroy", is_flag=True, help="Delete the stacks that earlier runs left on AWS.")
@click.option(
    "--case", "case_ids", metavar="ID", multiple=True, help="Run only this case. Repeatable."
)
@click.option(
    "--report",
    "report_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report as JSON, without identifiers of accounts and people."
    f" Default with --deploy: {_DEFAULT_REPORT}.",
)
@click.option(
    "--page",
    "page_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report as an HTML page. Default with --deploy: beside the report.",
)
@click.option(
    "--compare",
    "compared_file",
    metavar="REPORT",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Compare the local gateway with a report of a run on AWS. Implies --local.",
)
@click.option("--region", metavar="NAME", help="Region of the stack. Default: the environment's.")
@click.option("--profile", metavar="NAME", help="Profile that provides the credentials.")
@click.option("--permissions-boundary", metavar="ARN", help="Policy that limits the stack's roles.")
@click.option("--prefix", metavar="NAME", help="Name of the stack and prefix of its resources.")
@click.option("--yes", "is_confirmed", is_flag=True, help="Deploy without asking.")
@click.option("--keep", is_flag=True, help="Do not delete the stack after the cases.")
def verify(
    *,
    is_local: bool,
    deploy: bool,
    destroy: bool,
    case_ids: tuple[str, ...],
    report_file: Path | None,
    page_file: Path | None,
    compared_file: Path | None,
    **aws_options: Any,
) -> None:
    """Compare the claims of the documentation with the gateway or AWS.

    Exits with status 1 if a case differs from the documentation, or with --compare from AWS.
    """
    check_folders(report_file, page_file)
    if (is_local or compared_file is not None) + deploy + destroy != 1:
        raise click.UsageError("Pass one of --local, --deploy and --destroy.")
    if deploy:
        report_file = report_file or _DEFAULT_REPORT
        page_file = page_file or report_file.with_suffix(".html")
        run_on_aws(case_ids, report_file, page_file, create_deploy_options(aws_options))
        return
    if destroy:
        destroy_stacks(create_deploy_options(aws_options))
        return
    if find_spec("botocore") is None:
        raise click.UsageError(
            "Cases with an IAM signature require botocore. "
            "Run pip install 'streaming-construct[local,aws]'."
        )
    compared = read_report(compared_file) if compared_file is not None else None
    cases = select_cases(case_ids)
    from streaming_construct.verify.local_target import SynthesisError, run_locally

    output = CommandOutput()
    try:
        with output.show_status(f"{len(cases)} cases on the local gateway") as status:
            progress = count_results(status, len(cases), partial(print_result, output))
            report = run_locally(cases, progress)
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


def create_deploy_options(aws_options: Mapping[str, Any]) -> DeployOptions:
    """Return the options of a run on AWS.

    Raises:
        click.UsageError: boto3 is not installed. Only a run on AWS needs it.
    """
    try:
        from streaming_construct.verify.deployment.deploy_command import DeployOptions
    except ModuleNotFoundError as error:
        if error.name not in ("boto3", "botocore"):
            raise
        raise click.UsageError(
            f"{error.name} is not installed. Run pip install 'streaming-construct[aws]'."
        ) from error
    return DeployOptions(**aws_options)


def run_on_aws(
    case_ids: Sequence[str], report_file: Path, page_file: Path, options: DeployOptions
) -> None:
    """Run cases on a stack deployed for them. Exit with status 1 if one is not as documented."""
    from streaming_construct.verify.deployment import deploy_command

    cases = select_cases(case_ids)

    def write_report(report: VerifyReport) -> None:
        finish(cases, report, report_file, page_file)

    output = CommandOutput()
    progress = partial(print_result, output)
    report = deploy_command.run_on_aws(options, cases, case_ids, output, progress, write_report)
    # Long cases are not run on AWS unless named, so that a case that was not run is no failure.
    if any(result.outcome is Outcome.DIFFERENT for result in report.results):
        sys.exit(1)


def destroy_stacks(options: DeployOptions) -> None:
    """Delete the stacks that earlier runs left."""
    from streaming_construct.verify.deployment import deploy_command

    deploy_command.destroy_stacks(options, CommandOutput())


def read_report(file: Path) -> VerifyReport:
    """Read a report of `verify --deploy`.

    Raises:
        click.UsageError: The file cannot be read, is not a report, or is one of the local gateway.
    """
    try:
        report = parse_report(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise click.UsageError(f"{file} cannot be read: {error.strerror}.") from error
    except (ReportError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{file}: {error}") from error
    if report.kind is not TargetKind.AWS:
        raise click.UsageError(
            f"{file} is a report of the {report.kind.value}. Pass a report of `verify --deploy`."
        )
    return report


def finish(
    cases: Sequence[Case], report: VerifyReport, report_file: Path | None, page_file: Path | None
) -> bool:
    """Print the summary of a run and write its files. Return whether all cases are the same.

    The files have no identifiers of accounts and people. Texts that look like secrets are printed,
    so that the user can look at them before sending a file.
    """
    for line in format_summary_lines(cases, report):
        click.echo(line)
    scrubbed = scrub(report)
    if report_file is not None:
        text = scrubbed.to_json()
        report_file.write_text(text, encoding="utf-8")
        click.echo(f"report: {report_file}")
        for identifier in find_identifiers(text):
            click.echo(
                f"  {escape_lines(identifier)} looks like a secret. Check it before you send it."
            )
    if page_file is not None:
        page_file.write_text(render_page(scrubbed, CASES), encoding="utf-8")
        click.echo(f"page: {page_file}")
    return all(result.outcome is Outcome.SAME for result in report.results)


def print_comparison(local: VerifyReport, aws: VerifyReport) -> bool:
    """Print the differences between both. Return whether there are none."""
    compared = compare_reports(local, aws, CASES)
    for line in format_comparison_lines(compared):
        click.echo(escape_lines(line))
    return all(comparison.agreement is not Agreement.DIFFERENT for comparison in compared)


def check_folders(*files: Path | None) -> None:
    """Check before a run that its files can be written.

    Raises:
        click.UsageError: The folder of a file does not exist.
    """
    missing = [str(file) for file in files if file is not None and not file.parent.is_dir()]
    if missing:
        raise click.UsageError(f"The folder of {' and '.join(missing)} does not exist. Create it.")


def select_cases(case_ids: Sequence[str]) -> tuple[Case, ...]:
    """Return the cases with these ids. Without ids, return all that are not optional.

    Raises:
        click.BadParameter: There is no such case.
    """
    cases_by_id = {case.id: case for case in CASES}
    if unknown := [case_id for case_id in case_ids if case_id not in cases_by_id]:
        similar = [name for word in unknown for name in get_close_matches(word, cases_by_id, n=5)]
        fix = (
            f"Pass one such as {', '.join(similar)}."
            if similar
            else "Run --local --report FILE without --case: FILE has the ids of all cases."
        )
        raise click.BadParameter(
            f"There is no case {', '.join(unknown)}. {fix}", param_hint="--case"
        )
    if case_ids:
        return tuple(cases_by_id[case_id] for case_id in case_ids)
    return tuple(case for case in CASES if not case.is_optional)


def print_result(output: CommandOutput, case: Case, result: CaseResult) -> None:
    """Print a case that differs or was not run, with what to check."""
    if result.outcome is Outcome.SAME:
        return
    output(f"{result.outcome.value}: {case.id} ({case.page})")
    output(f"  claim: {case.claim}")
    if result.reason:
        output(f"  {result.reason}")
    for difference in result.differences:
        observed = repr(difference.observed)
        output(f"  {difference.fact}: expected {difference.expected!r}, observed {observed}")


def format_summary_lines(cases: Sequence[Case], report: VerifyReport) -> list[str]:
    """Return one line for each theme with its number of cases, and one with the totals."""
    themes: dict[str, Counter[Outcome]] = {}
    for case, result in zip(cases, report.results, strict=True):
        themes.setdefault(case.theme, Counter())[result.outcome] += 1
    total: Counter[Outcome] = sum(themes.values(), Counter())
    rows = [*themes.items(), ("total", total)]
    width = max(len(theme) for theme, _ in rows)
    return [f"{theme:{width}}  {_format_counts(counts)}" for theme, counts in rows]


def _format_counts(counts: Counter[Outcome]) -> str:
    parts = [f"{counts[Outcome.SAME]} as documented"]
    parts += [
        f"{counts[outcome]} {outcome.value}"
        for outcome in (Outcome.DIFFERENT, Outcome.NOT_RUN)
        if counts[outcome]
    ]
    return ", ".join(parts)
