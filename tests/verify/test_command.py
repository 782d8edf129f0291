"""The command prints the differing cases and the counts of each theme, and sets the exit status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from streaming_construct.verify import local_target
from streaming_construct.verify.battery.registry import CASES
from streaming_construct.verify.case import Case
from streaming_construct.verify.command import format_summary_lines, verify
from streaming_construct.verify.local_target import SynthesisError
from streaming_construct.verify.report import (
    CaseResult,
    Difference,
    Outcome,
    VerifyReport,
)
from streaming_construct.verify.report_parser import parse_report
from streaming_construct.verify.runner import Progress
from streaming_construct.verify.target import TargetKind

FIRST, SECOND = CASES[0], CASES[1]


def report(*results: CaseResult) -> VerifyReport:
    return VerifyReport(
        kind=TargetKind.LOCAL, region="r", date="2026-11-30", versions={}, results=results
    )


@pytest.fixture
def outcomes(monkeypatch: pytest.MonkeyPatch) -> dict[str, Outcome]:
    """The outcome of each case by its id, in place of the local gateway. Default: same."""
    outcomes: dict[str, Outcome] = {}

    def run(cases: Sequence[Case], progress: Progress) -> VerifyReport:
        results = []
        for case in cases:
            outcome = outcomes.get(case.id, Outcome.SAME)
            is_different = outcome is Outcome.DIFFERENT
            differences = (Difference("status", 403, 500),) if is_different else ()
            results.append(CaseResult(id=case.id, outcome=outcome, differences=differences))
            progress(case, results[-1])
        return report(*results)

    monkeypatch.setattr(local_target, "run_locally", run)
    return outcomes


def test_all_cases_as_documented_is_success(outcomes: dict[str, Outcome], tmp_path: Path) -> None:
    assert not outcomes
    file = tmp_path / "report.json"
    result = CliRunner().invoke(verify, ["--local", "--report", str(file)])
    assert result.exit_code == 0, result.output
    count = sum(not case.is_optional for case in CASES)
    assert f"{count} as documented" in result.output.splitlines()[-2]
    assert len(parse_report(file.read_text()).results) == count


def test_a_difference_names_the_page_to_change(outcomes: dict[str, Outcome]) -> None:
    outcomes[FIRST.id] = Outcome.DIFFERENT
    arguments = ["--local", "--case", FIRST.id, "--case", SECOND.id]
    result = CliRunner().invoke(verify, arguments)
    assert result.exit_code == 1
    assert f"different: {FIRST.id} ({FIRST.page})" in result.output
    assert "status: expected 403, observed 500" in result.output
    assert SECOND.id not in result.output


def test_a_case_that_did_not_run_is_no_success(outcomes: dict[str, Outcome]) -> None:
    outcomes[FIRST.id] = Outcome.NOT_RUN
    result = CliRunner().invoke(verify, ["--local", "--case", FIRST.id])
    assert result.exit_code == 1
    assert f"not run: {FIRST.id}" in result.output


def test_an_unknown_case_and_a_missing_target_are_usage_errors() -> None:
    unknown = CliRunner().invoke(verify, ["--local", "--case", "zzz"])
    assert unknown.exit_code == 2
    assert "There is no case zzz. Run --local --report FILE without --case" in unknown.output
    misspelled = CliRunner().invoke(verify, ["--local", "--case", f"{FIRST.id}x"])
    assert f"Pass one such as {FIRST.id}" in misspelled.output
    assert CliRunner().invoke(verify, []).exit_code == 2


def test_a_failed_synthesis_is_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> VerifyReport:
        raise SynthesisError("The stack cannot be synthesized.\nnode is missing")

    monkeypatch.setattr(local_target, "run_locally", fail)
    result = CliRunner().invoke(verify, ["--local"])
    assert result.exit_code == 1
    assert "node is missing" in result.output


def test_the_app_that_fails_is_a_synthesis_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(local_target, "APP_MODULE", "no_such_module")
    with pytest.raises(SynthesisError, match="no_such_module"):
        local_target.synthesize(tmp_path)


def test_the_summary_counts_by_theme() -> None:
    results = report(
        CaseResult(id=FIRST.id, outcome=Outcome.SAME),
        CaseResult(id=SECOND.id, outcome=Outcome.NOT_RUN),
    )
    lines = format_summary_lines([FIRST, SECOND], results)
    assert lines == [
        "routing  1 as documented, 1 not run",
        "total    1 as documented, 1 not run",
    ]


def test_a_comparison_shows_both_values(outcomes: dict[str, Outcome], tmp_path: Path) -> None:
    """It shows the selected cases. A difference is exit status 1."""
    assert not outcomes
    file = tmp_path / "aws.json"
    results = (
        CaseResult(id=FIRST.id, outcome=Outcome.SAME, observed={"status": 500}),
        CaseResult(id=SECOND.id, outcome=Outcome.SAME),
    )
    file.write_text(replace(report(*results), kind=TargetKind.AWS).to_json())
    arguments = ["--compare", str(file), "--case", FIRST.id]

    result = CliRunner().invoke(verify, arguments)

    assert result.exit_code == 1
    assert "status: locally None, on AWS 500" in result.output
    assert SECOND.id not in result.output


def test_a_file_that_is_no_report_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "aws.json"
    file.write_text("{}")
    result = CliRunner().invoke(verify, ["--compare", str(file)])
    assert result.exit_code == 2
    assert f"Error: {file}: The file is not a report of `verify`" in result.output
    file.write_text(report().to_json())
    result = CliRunner().invoke(verify, ["--compare", str(file)])
    assert result.output.endswith(
        f"Error: {file} is a report of the local gateway. Pass a report of `verify --deploy`.\n"
    )


def test_a_page_is_written(outcomes: dict[str, Outcome], tmp_path: Path) -> None:
    assert not outcomes
    file = tmp_path / "report.html"
    result = CliRunner().invoke(verify, ["--local", "--case", FIRST.id, "--page", str(file)])
    assert result.exit_code == 0, result.output
    assert FIRST.claim.partition("`")[0] in file.read_text()


def test_a_missing_folder_is_an_error_before_the_run(tmp_path: Path) -> None:
    file = tmp_path / "missing" / "report.json"
    result = CliRunner().invoke(verify, ["--local", "--report", str(file)])
    assert result.exit_code == 2
    assert f"The folder of {file} does not exist. Create it." in result.output
