"""`CaseSelection`: the cases that run on AWS, and why the others do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from streaming_construct.verify.case import Case, Credential
from streaming_construct.verify.report import CaseResult, Outcome, VerifyReport

LONG_SECONDS: Final = 400.0
"""A case that takes longer runs only if the user names it."""

_JWT_PATH: Final = "/authorized/jwt"


@dataclass(frozen=True)
class CaseSelection:
    """The cases that run, and why the others do not.

    Args:
        cases: All cases of the report, in its order.
        reasons: Why a case is not run, by its id.
    """

    cases: tuple[Case, ...]
    reasons: Mapping[str, str]

    @property
    def selected(self) -> tuple[Case, ...]:
        """The cases that run."""
        return tuple(case for case in self.cases if case.id not in self.reasons)

    def remove_jwt_cases(self, reason: str) -> CaseSelection:
        """Return the selection for a stack without JWT authorizers."""
        jwt = {case.id: reason for case in self.cases if _needs_jwt(case)}
        return CaseSelection(self.cases, {**self.reasons, **jwt})

    def complete(self, report: VerifyReport) -> VerifyReport:
        """Return the report with a result for each case that was not run."""
        results = {result.id: result for result in report.results}
        for case_id, reason in self.reasons.items():
            results[case_id] = CaseResult(id=case_id, outcome=Outcome.NOT_RUN, reason=reason)
        return replace(report, results=tuple(results[case.id] for case in self.cases))


def select_for_aws(cases: Sequence[Case], case_ids: Sequence[str]) -> CaseSelection:
    """Select the cases for AWS: without long ones, unless the user named them."""
    reasons = {
        case.id: f"The case takes {case.duration_seconds:g} s. Pass `--case {case.id}` to run it."
        for case in cases
        if case.duration_seconds > LONG_SECONDS and case.id not in case_ids
    }
    return CaseSelection(tuple(cases), reasons)


def _needs_jwt(case: Case) -> bool:
    return any(
        request.credential is Credential.JWT or request.path.startswith(_JWT_PATH)
        for request in case.requests
    )
