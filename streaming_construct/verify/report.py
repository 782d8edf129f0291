"""`VerifyReport`: the observed facts of each case, as a file that users can send."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from streaming_construct.verify.case import Facts, FactValue
from streaming_construct.verify.target import TargetKind

FORMAT: Final = 1


class Outcome(Enum):
    """How a case ended."""

    SAME = "same"
    DIFFERENT = "different"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Difference:
    """A fact that is not as expected."""

    fact: str
    expected: FactValue
    observed: FactValue


@dataclass(frozen=True, kw_only=True)
class CaseResult:
    """The result of a case.

    Args:
        id: The id of the case.
        outcome: How the case ended.
        observed: The observed value of each expected fact. A missing fact is None.
        differences: The facts that are not as expected. Default: none.
        reason: Why the case was not run. Default: empty.
        seconds: How long the case took.
    """

    id: str
    outcome: Outcome
    observed: Facts = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    reason: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class VerifyReport:
    """The results of all cases on one target.

    Args:
        kind: The server of the API.
        region: The Region.
        date: The start, as an ISO 8601 time in UTC.
        versions: The versions of the programs that matter, by name.
        results: The results in the order of the battery.
    """

    kind: TargetKind
    region: str
    date: str
    versions: Mapping[str, str]
    results: tuple[CaseResult, ...]

    def find_result(self, case_id: str) -> CaseResult | None:
        """Return the result of a case, None if the report does not contain the case."""
        return next((result for result in self.results if result.id == case_id), None)

    def to_json(self) -> str:
        """Return the report as JSON text."""
        document = {
            "format": FORMAT,
            "target": self.kind.value,
            "region": self.region,
            "date": self.date,
            "versions": dict(self.versions),
            "cases": [
                {
                    "id": result.id,
                    "outcome": result.outcome.value,
                    "observed": dict(result.observed),
                    "differences": [vars(difference) for difference in result.differences],
                    "reason": result.reason,
                    "seconds": round(result.seconds, 3),
                }
                for result in self.results
            ],
        }
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
