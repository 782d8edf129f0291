"""`parse_report`: read a report that a user sends, with all problems at once."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final

from streaming_construct.verify.report import (
    FORMAT,
    CaseResult,
    Difference,
    Outcome,
    VerifyReport,
)
from streaming_construct.verify.target import TargetKind

# A file of another kind has as many problems as it has members.
_MAX_PROBLEMS: Final = 20

_Check = Callable[[object], str | None]
"""Returns what a value must be, None if it is that."""


class ReportError(ValueError):
    """A file that is not a report. The message names each member that is wrong."""


def parse_report(text: str) -> VerifyReport:
    """Read a report.

    Raises:
        ReportError: The text is not a report of this format. The message has all problems.
    """
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReportError(
            f"The file is not a report of `verify`: it is not JSON: {error}"
        ) from error
    if isinstance(document, dict) and document.get("format", FORMAT) != FORMAT:
        raise ReportError(
            f"The report has format {document['format']!r}; this version reads format {FORMAT}."
        )
    problems = list(_find_object_problems("", document, _REPORT))
    if not problems:
        problems = list(_find_case_problems(document["cases"]))
    if problems:
        remaining = len(problems) - _MAX_PROBLEMS
        lines = [f"- {problem}" for problem in problems[:_MAX_PROBLEMS]]
        lines += [f"- and {remaining} more"] if remaining > 0 else []
        raise ReportError("\n".join(["The file is not a report of `verify`:", *lines]))
    return VerifyReport(
        kind=TargetKind(document["target"]),
        region=document["region"],
        date=document["date"],
        versions=document["versions"],
        results=tuple(map(_parse_result, document["cases"])),
    )


def _parse_result(case: Mapping[str, Any]) -> CaseResult:
    return CaseResult(
        id=case["id"],
        outcome=Outcome(case["outcome"]),
        observed=case["observed"],
        differences=tuple(Difference(**difference) for difference in case["differences"]),
        reason=case["reason"],
        seconds=case["seconds"],
    )


def _find_case_problems(cases: list[object]) -> Iterator[str]:
    first: dict[str, int] = {}
    for number, case in enumerate(cases):
        path = f"cases[{number}]"
        problems = list(_find_object_problems(path, case, _CASE))
        yield from problems
        if problems or not isinstance(case, dict):
            continue
        for position, difference in enumerate(case["differences"]):
            yield from _find_object_problems(
                f"{path}.differences[{position}]", difference, _DIFFERENCE
            )
        earlier = first.setdefault(case["id"], number)
        if earlier != number:
            yield f"{path}.id is that of cases[{earlier}]: {case['id']!r}"


def _find_object_problems(path: str, value: object, members: Mapping[str, _Check]) -> Iterator[str]:
    """Yield the problems of an object: its members are required, and have no others beside."""
    if not isinstance(value, dict):
        yield f"{path or 'the file'} must be an object, not {_format_value(value)}"
        return
    prefix = f"{path}." if path else ""
    for name, check in members.items():
        if name not in value:
            yield f"{prefix}{name} is missing"
        elif expected := check(value[name]):
            yield f"{prefix}{name} must be {expected}, not {_format_value(value[name])}"
    for name in value.keys() - members.keys():
        yield f"{prefix}{name} is not a member of format {FORMAT}"


def _format_value(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _check_text(value: object) -> str | None:
    return None if isinstance(value, str) else "text"


def _check_name(value: object) -> str | None:
    return None if isinstance(value, str) and value else "text that is not empty"


def _check_time(value: object) -> str | None:
    try:
        # Python 3.10 does not read the suffix Z.
        datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        return "an ISO 8601 time"
    return None if isinstance(value, str) else "an ISO 8601 time"


def _check_seconds(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "a number of seconds"
    return None if math.isfinite(value) and value >= 0 else "a number of seconds"


def _check_list(value: object) -> str | None:
    return None if isinstance(value, list) else "a list"


def _check_object(value: object) -> str | None:
    return None if isinstance(value, dict) else "an object"


def _check_texts(value: object) -> str | None:
    is_mapping = isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
    return None if is_mapping else "an object of texts"


def _accept_any(_: object) -> str | None:
    return None


def _create_choice_check(choices: type[Enum]) -> _Check:
    values = [choice.value for choice in choices]
    expected = f"one of {', '.join(map(json.dumps, values))}"
    return lambda value: None if value in values else expected


_REPORT: Final[Mapping[str, _Check]] = {
    "format": _accept_any,
    "target": _create_choice_check(TargetKind),
    "region": _check_name,
    "date": _check_time,
    "versions": _check_texts,
    "cases": _check_list,
}
_CASE: Final[Mapping[str, _Check]] = {
    "id": _check_name,
    "outcome": _create_choice_check(Outcome),
    "observed": _check_object,
    "differences": _check_list,
    "reason": _check_text,
    "seconds": _check_seconds,
}
_DIFFERENCE: Final[Mapping[str, _Check]] = {
    "fact": _check_name,
    "expected": _accept_any,
    "observed": _accept_any,
}
