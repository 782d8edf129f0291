"""A report as one self-contained HTML page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from streaming_construct.verify.case import Case, FactValue, Knowledge
from streaming_construct.verify.report import CaseResult, Outcome, VerifyReport
from streaming_construct.verify.target import TargetKind

_OTHER_THEME: Final = "cases of another version"
_TARGETS: Final = {TargetKind.AWS: "AWS", TargetKind.LOCAL: "the local gateway"}


@dataclass(frozen=True)
class _Difference:
    fact: str
    expected: str
    observed: str


@dataclass(frozen=True)
class _Row:
    id: str
    claim: str
    page: str
    outcome: str
    reason: str
    seconds: str
    is_unknown: bool
    differences: list[_Difference]


@dataclass
class _Theme:
    name: str
    rows: list[_Row] = field(default_factory=list)


def render_page(report: VerifyReport, cases: Sequence[Case]) -> str:
    """Render the results by theme. Results of cases that are not known stand at the end."""
    cases_by_id = {case.id: case for case in cases}
    themes: dict[str, _Theme] = {}
    for result in report.results:
        case = cases_by_id.get(result.id)
        name = case.theme if case else _OTHER_THEME
        themes.setdefault(name, _Theme(name)).rows.append(_create_row(result, case))
    target = _TARGETS[report.kind]
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    environment = Environment(
        loader=PackageLoader("streaming_construct.verify"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2").render(
        title=f"{len(report.results)} claims on {target}",
        heading=f"{len(report.results)} claims of the documentation, run on {target}",
        subheading=f"{report.date}, {report.region}, {versions}",
        totals=_count_totals(report, cases_by_id),
        themes=sorted(themes.values(), key=lambda theme: theme.name == _OTHER_THEME),
    )


def _count_totals(report: VerifyReport, cases_by_id: Mapping[str, Case]) -> list[tuple[str, int]]:
    def count(outcome: Outcome) -> int:
        return sum(result.outcome is outcome for result in report.results)

    unknown = sum(
        result.id in cases_by_id and cases_by_id[result.id].knowledge is Knowledge.UNKNOWN
        for result in report.results
    )
    totals = [
        ("as documented", count(Outcome.SAME)),
        ("different", count(Outcome.DIFFERENT)),
        ("not run", count(Outcome.NOT_RUN)),
    ]
    if report.kind is TargetKind.LOCAL:
        totals.append(("not known on AWS yet", unknown))
    return totals


def _create_row(result: CaseResult, case: Case | None) -> _Row:
    return _Row(
        id=result.id,
        claim=case.claim if case else result.id,
        page=case.page if case else "",
        outcome="as documented" if result.outcome is Outcome.SAME else result.outcome.value,
        reason=result.reason,
        seconds=f"{result.seconds:.1f}",
        is_unknown=case is not None and case.knowledge is Knowledge.UNKNOWN,
        differences=[
            _Difference(
                difference.fact,
                _format_value(difference.expected),
                _format_value(difference.observed),
            )
            for difference in result.differences
        ],
    )


def _format_value(value: FactValue) -> str:
    return json.dumps(value, ensure_ascii=False)
