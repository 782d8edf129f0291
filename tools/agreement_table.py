"""The table of docs/local-gateway.md on the agreement of the local runtimes with AWS's clients."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Final

import yaml

_BATTERIES: Final = Path(__file__).parents[1] / "tests/local/lambda_/runtimes/agreement"
# The file of cases, the kind of function, and what it is compared with.
_CLIENTS: Final = (
    ("nodejs.yaml", "Node.js", "npm `aws-lambda-ric` 4 and, for nodejs22.x, 3"),
    ("python.yaml", "Python, buffered", "PyPI `awslambdaric`"),
    ("environment.yaml", "every function", "AWS's documentation"),
)
_STATES: Final = ("same", "different", "unknown")
# The subject of a case by the first word of its id.
_SUBJECTS: Final = {
    "async": "handlers declared `async def`",
    "buffer": "buffered responses",
    "callback": "callbacks and `context.done`",
    "content": "content types",
    "context": "the context",
    "cork": "`cork`",
    "end": "`end`",
    "error": "errors",
    "exit": "ends of the process",
    "from": "metadata of a response",
    "handler": "handlers",
    "event": "events",
    "init": "initialization",
    "json": "logs in JSON",
    "process": "ends of the process",
    "globals": "global names",
    "trace": "the trace id",
    "unhandled": "ends of the process",
    "uncaught": "ends of the process",
    "streaming": "handlers",
    "three": "callbacks and `context.done`",
    "log": "logs",
    "module": "modules",
    "pipeline": "pipelines",
    "print": "`print`",
    "result": "results",
    "stream": "the response stream",
    "write": "`write`",
}


def format_agreement() -> str:
    """Return the table: one row for each kind of function, client and subject, and the lists."""
    lines = [
        "| function | compared with | subject | same | different | unknown |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    differing: list[dict[str, Any]] = []
    for file, function, client in _CLIENTS:
        cases = _cases(file)
        differing += [case for case in cases if _state(case) != "same"]
        counts = Counter((_subject(case), _state(case)) for case in cases)
        for subject in sorted(
            {name for name, _ in counts},
            key=lambda subject_name: (subject_name == "other", subject_name),
        ):
            numbers = " | ".join(str(counts[subject, state]) for state in _STATES)
            lines.append(f"| {function} | {client} | {subject} | {numbers} |")
    for state in _STATES[1:]:
        cases_in_state = [case for case in differing if _state(case) == state]
        lines += ["", f"**{state.capitalize()}** ({len(cases_in_state)}):", ""]
        lines += [
            f"- {case['claim']} {case.get('reason') or case['differs']}" for case in cases_in_state
        ]
    return "\n".join(lines)


def _cases(file: str) -> list[dict[str, Any]]:
    document = yaml.safe_load((_BATTERIES / file).read_text(encoding="utf-8"))
    cases: list[dict[str, Any]] = document["cases"]
    return cases


def _state(case: dict[str, Any]) -> str:
    return case.get("state") or ("different" if case.get("differs") else "same")


def _subject(case: dict[str, Any]) -> str:
    return case.get("subject") or _SUBJECTS.get(case["id"].partition("-")[0], "other")
