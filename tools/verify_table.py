"""The table of what is known about AWS's behavior, for `docs/verify.md`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from streaming_construct.verify.battery.registry import CASES
from streaming_construct.verify.case import Case, Knowledge
from streaming_construct.verify.report import (
    Outcome,
    VerifyReport,
)
from streaming_construct.verify.report_parser import parse_report
from streaming_construct.verify.target import TargetKind

REPORTS: Final = Path(__file__).parents[1] / "tests" / "verify" / "reports"


def format_verify() -> str:
    """Return the counts by theme and the open claims, from the newest report of a run on AWS."""
    report = newest_report(REPORTS)
    return "\n".join([*_introduction(report), "", *_counts(report), "", *_open_claims(report)])


def newest_report(folder: Path) -> VerifyReport | None:
    """Return the newest report of a run on AWS, None if there is none."""
    reports = [parse_report(file.read_text(encoding="utf-8")) for file in folder.glob("*.json")]
    on_aws = [report for report in reports if report.kind is TargetKind.AWS]
    return max(on_aws, key=lambda report: report.date, default=None)


def _introduction(report: VerifyReport | None) -> list[str]:
    if report is None:
        return [
            "**No case has run on AWS yet.** All cases run against the local gateway in each CI",
            "run, and agree with it. The table counts what is known about AWS's behavior.",
        ]
    return [
        f"The newest report is of {report.date[:10]}, Region {report.region}. The table compares",
        "its results with the claims of these pages.",
    ]


def _counts(report: VerifyReport | None) -> list[str]:
    columns = (
        [knowledge.value for knowledge in Knowledge]
        if report is None
        else ["same", "different", "unknown"]
    )
    themes = dict.fromkeys(case.theme for case in CASES)
    return [
        f"| theme | cases | {' | '.join(columns)} |",
        f"| --- | --: |{' --: |' * len(columns)}",
        *(_row(theme, [case for case in CASES if case.theme == theme], report) for theme in themes),
        _row("total", CASES, report),
    ]


def _row(name: str, cases: Sequence[Case], report: VerifyReport | None) -> str:
    if report is None:
        numbers = [sum(case.knowledge is knowledge for case in cases) for knowledge in Knowledge]
    else:
        outcomes = [_outcome(case, report) for case in cases]
        numbers = [outcomes.count(outcome) for outcome in Outcome]
    return f"| {name} | {len(cases)} | {' | '.join(map(str, numbers))} |"


def _outcome(case: Case, report: VerifyReport) -> Outcome:
    result = report.find_result(case.id)
    return Outcome.NOT_RUN if result is None else result.outcome


def _open_claims(report: VerifyReport | None) -> list[str]:
    if report is None:
        title = (
            "AWS does not document these claims, and no user has reported them. They describe the"
            " local gateway:"
        )
        cases = [case for case in CASES if case.knowledge is Knowledge.UNKNOWN]
    else:
        title = "Claims that the report contradicts or does not settle:"
        cases = [case for case in CASES if _outcome(case, report) is not Outcome.SAME]
    lines = [title, "", "| claim | page |", "| --- | --- |"]
    for case in cases:
        page = case.page.partition("#")[0].removesuffix(".md")
        lines.append(f"| {case.claim} | [{page}]({case.page}) |")
    return lines
