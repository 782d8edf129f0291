"""`Comparison`: the local gateway beside AWS, case by case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from streaming_construct.verify.case import Case, FactValue, Knowledge
from streaming_construct.verify.report import CaseResult, Outcome, VerifyReport


class Agreement(Enum):
    """The relation of the two results of a case."""

    SAME = "same"
    DIFFERENT = "different"
    NOT_COMPARED = "not compared"


@dataclass(frozen=True)
class FactComparison:
    """A fact with its local value and its value on AWS. None: it was not observed."""

    fact: str
    local: FactValue
    aws: FactValue


@dataclass(frozen=True, kw_only=True)
class CaseComparison:
    """A case with the results of both.

    Args:
        id: The id of the case.
        claim: The claim of the documentation. Empty if this version does not have the case.
        page: The page to change if AWS differs. Empty as `claim`.
        agreement: The relation of the results.
        facts: The facts that differ, or that only one of both observed.
        reason: Why the results were not compared. Default: empty.
        is_settled: Whether AWS's behavior was not known before this report. Default: False.
    """

    id: str
    claim: str
    page: str
    agreement: Agreement
    facts: tuple[FactComparison, ...] = ()
    reason: str = ""
    is_settled: bool = False


def compare_reports(
    local: VerifyReport, aws: VerifyReport, cases: Sequence[Case]
) -> tuple[CaseComparison, ...]:
    """Compare two reports. Cases that only one of them has, or that are not known, are listed."""
    cases_by_id = {case.id: case for case in cases}
    ids = dict.fromkeys(
        [
            *(case.id for case in cases if local.find_result(case.id) or aws.find_result(case.id)),
            *(result.id for report in (local, aws) for result in report.results),
        ]
    )
    return tuple(
        _compare(
            case_id, cases_by_id.get(case_id), local.find_result(case_id), aws.find_result(case_id)
        )
        for case_id in ids
    )


def _compare(
    case_id: str, case: Case | None, local: CaseResult | None, aws: CaseResult | None
) -> CaseComparison:
    claim, page = (case.claim, case.page) if case else ("", "")
    if local is None or aws is None or Outcome.NOT_RUN in (local.outcome, aws.outcome):
        return CaseComparison(
            id=case_id,
            claim=claim,
            page=page,
            agreement=Agreement.NOT_COMPARED,
            reason=_describe_missing_case(local, aws),
        )
    names = dict.fromkeys([*local.observed, *aws.observed])
    facts = tuple(
        FactComparison(name, local.observed.get(name), aws.observed.get(name))
        for name in names
        if name not in local.observed
        or name not in aws.observed
        or local.observed[name] != aws.observed[name]
    )
    return CaseComparison(
        id=case_id,
        claim=claim,
        page=page,
        agreement=Agreement.DIFFERENT if facts else Agreement.SAME,
        facts=facts,
        is_settled=case is not None and case.knowledge is Knowledge.UNKNOWN,
    )


_TARGETS: Final[Mapping[bool, str]] = {True: "locally", False: "on AWS"}


def _describe_missing_case(local: CaseResult | None, aws: CaseResult | None) -> str:
    reasons = []
    for is_local, result in ((True, local), (False, aws)):
        target = _TARGETS[is_local]
        if result is None:
            reasons.append(f"The case is not in the report of the run {target}.")
        elif result.outcome is Outcome.NOT_RUN:
            reasons.append(f"The case was not run {target}: {result.reason}")
    return " ".join(reasons)


def format_comparison_lines(comparisons: Sequence[CaseComparison]) -> list[str]:
    """Return the differences, the settled claims, what was not compared, and a summary."""
    lines: list[str] = []
    for comparison in comparisons:
        lines += _format_comparison(comparison)
    counts = dict.fromkeys(Agreement, 0)
    for comparison in comparisons:
        counts[comparison.agreement] += 1
    settled = sum(comparison.is_settled for comparison in comparisons)
    summary = ", ".join(f"{count} {kind.value}" for kind, count in counts.items())
    return [*lines, f"{len(comparisons)} cases: {summary}; {settled} claims are settled"]


def _format_comparison(comparison: CaseComparison) -> list[str]:
    name = f"{comparison.id} ({comparison.page})" if comparison.page else comparison.id
    if comparison.agreement is Agreement.NOT_COMPARED:
        return [f"not compared: {name}", f"  {comparison.reason}"]
    if comparison.agreement is Agreement.SAME:
        return [f"settled: {name}: AWS behaves as described."] if comparison.is_settled else []
    page = comparison.page.partition("#")[0]
    lines = [f"different: {name}"]
    if comparison.claim:
        lines.append(f"  claim: {comparison.claim}")
    lines += [
        f"  {fact.fact}: locally {fact.local!r}, on AWS {fact.aws!r}" for fact in comparison.facts
    ]
    if page:
        lines.append(f"  Change docs/{page} and the local gateway.")
    else:
        lines.append(
            "  This version does not have the case. Compare with the version of the report."
        )
    return lines
